using System.Diagnostics;
using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>
/// Work horses, workers and pools, killed at random moments while jobs flow. Runs alone, because recovery is timed. The number of kills is
/// small in an ordinary run; <c>RQ_TEST_KILLS=200</c> makes a long one.
/// </summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Crashes")]
public class KilledAnywhereTests(ITestOutputHelper output)
{
    private const int Slots = 2;
    private static readonly int s_kills = int.Parse(Environment.GetEnvironmentVariable("RQ_TEST_KILLS") ?? "16", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Whatever_is_killed_no_job_is_lost_none_is_late_and_only_what_ran_runs_twice()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.StartWorker(configure: options => options.Concurrency = 4);
        using var over = new CancellationTokenSource();
        Task<List<Job>> producing = ProduceAsync(world, over.Token);
        string[] horses = ["--isolation", "work-horse", "--concurrency", $"{Slots}"], inside = ["--isolation", "none", "--concurrency", $"{Slots}"];

        await Task.WhenAll(
            KillAsync(1, () => WorkerProcess.StartAsync(world.Url, horses), KillHorse),
            KillAsync(2, () => WorkerProcess.StartAsync(world.Url, inside), worker => worker.Kill()),
            KillAsync(3, () => WorkerProcess.StartAsync(world.Url, horses), worker => worker.Kill()),
            KillAsync(4, () => WorkerProcess.StartPoolAsync(world.Url, ["-n", "2", .. inside]), pool => pool.Kill()));

        await over.CancelAsync();
        List<Job> jobs = await producing;
        await Eventually.BecomesAsync(
            async () => await world.Queue().CountAsync() == 0 && await world.Queue().Started.CountAsync() == 0, "all jobs have ended");
        long[][] starts = await Task.WhenAll(jobs.Select(job => StartsAsync(world, job)));
        (await Task.WhenAll(jobs.Select(job => job.GetStatusAsync()))).ShouldAllBe(status => status == JobStatus.Finished);
        long[] gaps = [.. starts.SelectMany(times => times.Zip(times.Skip(1), (first, second) => second - first)).Order()];
        output.WriteLine($"{s_kills} kills, {jobs.Count} jobs, {gaps.Length} run again, the latest after {gaps.LastOrDefault()} ms");
        gaps.Length.ShouldBeLessThanOrEqualTo(s_kills * 2 * Slots);
        gaps.ShouldAllBe(gap => gap < KilledWorkerTests.Promised.TotalMilliseconds);
        starts.ShouldAllBe(times => times.Length >= 1);
        (await Consistency.ViolationsAsync(world.Rq)).ShouldBeEmpty();
    }

    private static async Task<List<Job>> ProduceAsync(TestWorld world, CancellationToken over)
    {
        var jobs = new List<Job>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (!over.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            // A work horse that dies is a failure of its job.
            jobs.Add(await world.Queue().EnqueueAsync(
                () => ProcessJobs.NoteStartAsync(null!), new JobOptions { Retry = new Retry(20), ResultTtl = Timeout.InfiniteTimeSpan }, CancellationToken.None));
        }

        return jobs;
    }

    private static async Task KillAsync(int seed, Func<Task<WorkerProcess>> start, Action<WorkerProcess> kill)
    {
        var random = new Random(seed);
        for (int i = 0; i < s_kills / 4; i++)
        {
            await using WorkerProcess victim = await start();
            await Task.Delay(random.Next(1500));
            kill(victim);
        }
    }

    private static void KillHorse(WorkerProcess worker)
    {
        foreach (int id in worker.Children().Take(1))
        {
            using Process kill = Process.Start("kill", ["-9", $"{id}"]);
            kill.WaitForExit();
        }
    }

    private static async Task<long[]> StartsAsync(TestWorld world, Job job) =>
        Array.ConvertAll(await world.Rq.Database.ListRangeAsync($"starts:{job.Id}"), time => (long)time);
}
