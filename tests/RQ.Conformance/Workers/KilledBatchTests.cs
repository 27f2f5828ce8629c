using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>Worker processes with many slots, killed while they take and finish large batches on an embedded server, which may keep half a script. Alone, because it waits for leases to run out.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Crashes")]
public sealed class KilledBatchTests : IDisposable
{
    private const int Slots = 100;
    private const int Jobs = 2000;

    private static readonly int[] s_killsAt = [150, 600, 1100];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-embedded-");

    private string Url => $"embedded:path={_directory.FullName}";

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_job_is_lost_and_only_what_ran_then_runs_again(bool diesWithTheServer)
    {
        // Whoever opens the directory first is the server.
        WorkerProcess? first = diesWithTheServer ? await StartAsync() : null;
        await using RqConnection rq = await RqConnection.ConnectAsync(Url);
        var queue = new Queue("default", rq);
        string key = Guid.NewGuid().ToString("N");
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(
            Enumerable.Range(0, Jobs).Select(number => JobCall.To("RQ.TestSupport.ProcessJobs.CountAsync", $"{key}-{number}")),
            new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan });

        foreach (int count in s_killsAt)
        {
            await using WorkerProcess victim = first ?? await StartAsync();
            first = null;
            await FinishedAsync(queue, count);
            victim.Kill();
        }

        await using WorkerProcess survivor = await StartAsync();
        await FinishedAsync(queue, Jobs);
        int[] runs = await Task.WhenAll(Enumerable.Range(0, Jobs).Select(number => ProcessJobs.RunsAsync(rq, $"{key}-{number}")));
        runs.ShouldAllBe(count => count >= 1);
        runs.Sum().ShouldBeInRange(Jobs, Jobs + s_killsAt.Length * Slots);
        (await Job.FetchManyAsync(jobs.Select(job => job.Id), rq)).ShouldAllBe(job => job!.Status == JobStatus.Finished);
        (await Consistency.ViolationsAsync(rq)).ShouldBeEmpty();
    }

    private Task<WorkerProcess> StartAsync() => WorkerProcess.StartAsync(Url, "--concurrency", $"{Slots}");

    /// <summary>Waits until so many have finished; while another process takes over the server, nobody answers.</summary>
    private static Task FinishedAsync(Queue queue, int count) => Eventually.BecomesAsync(
        async () =>
        {
            try
            {
                return await queue.Finished.CountAsync() >= count;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return false;
            }
        },
        $"{count} jobs have finished");
}
