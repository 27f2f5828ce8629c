using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Schedulers in processes of their own, killed and frozen at random while jobs become due.</summary>
public class KilledSchedulerTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(
        double.Parse(Environment.GetEnvironmentVariable("RQ_TEST_SCHEDULER_SECONDS") ?? "30", CultureInfo.InvariantCulture));

    private const string Mode = "scheduler";

    private readonly Random _random = new();

    [Fact]
    public async Task SCH_4_CRN_7_every_job_and_each_second_of_a_cron_schedule_is_queued_once_while_holders_are_killed_again_and_again()
    {
        const int Count = 2000;
        const string CronQueue = "each-second";
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        await using var schedulers = new SchedulerProcesses(world, "cron-and-scheduler", "default");
        await schedulers.StartAsync(3);
        string cronKey = $"{key}-cron";
        await world.Rq.Cron.AddOrUpdateAsync(CronSchedule.For("each second", "* * * * * *", () => ProcessJobs.CountAsync(cronKey, null!)) with { Queue = CronQueue });
        IReadOnlyList<Job> jobs = await ScheduleAsync(world, key, Count, s_duration);

        int kills = 0;
        DateTimeOffset end = DateTimeOffset.UtcNow + s_duration;
        while (DateTimeOffset.UtcNow < end)
        {
            WorkerProcess holder = kills % 2 == 0 ? await schedulers.HolderAsync() : await schedulers.CronHolderAsync();
            await Task.Delay(TimeSpan.FromSeconds(3 * _random.NextDouble()), TestContext.Current.CancellationToken);
            holder.Kill();
            kills++;
            await schedulers.StartAsync(1);
        }

        await Eventually.BecomesAsync(async () => await ScheduleOf.CountAsync(world) == 0, "all jobs are queued");
        await Eventually.BecomesAsync(async () => (await world.Rq.Cron.FindAsync("each second"))!.NextTime > end, "the schedule has caught up");
        await world.Rq.Cron.PauseAsync("each second");
        // Without a worker what was queued twice would still be seen.
        (await world.Queue().GetJobIdsAsync()).Order().ShouldBe(jobs.Select(job => job.Id).Order());
        DateTimeOffset[] seconds = [.. (await world.Queue(CronQueue).GetJobsAsync()).Select(job => job.CronTime!.Value).Order()];
        seconds.Length.ShouldBeGreaterThan((int)s_duration.TotalSeconds - 5);
        seconds.ShouldBe(Enumerable.Range(0, seconds.Length).Select(n => seconds[0].AddSeconds(n)));

        await world.RunBurstAsync(configure: options => options.Concurrency = 50);
        await world.RunBurstAsync([CronQueue], configure: options => options.Concurrency = 50);
        RedisValue[] runs = await world.Rq.Database.StringGetAsync([.. Enumerable.Range(0, Count).Select(n => (RedisKey)$"runs:{key}-{n}")]);
        runs.ShouldAllBe(count => count == 1);
        (await world.Rq.Database.StringGetAsync($"runs:{cronKey}")).ShouldBe(seconds.Length);

        double[] late = [.. (await Job.FetchManyAsync(jobs.Select(job => job.Id), world.Rq)).Select((job, n) => (job!.EnqueuedAt!.Value - Due(jobs[n])).TotalSeconds)];
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills} kills in {s_duration.TotalSeconds} s; {seconds.Length} times of the schedule; jobs late at most {late.Max():f1} s, on average {late.Average():f2} s");
        // The lock of one that was killed lives for 5 s.
        late.Max().ShouldBeLessThan(30);
    }

    [Fact]
    public async Task S053_the_one_that_was_frozen_does_not_hold_the_lock_any_more()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using var schedulers = new SchedulerProcesses(world, Mode, "default");
        await schedulers.StartAsync(4);
        string key = Guid.NewGuid().ToString("N");
        IReadOnlyList<Job> jobs = await ScheduleAsync(world, key, 1000, TimeSpan.FromSeconds(25));
        for (int round = 0; round < 3; round++)
        {
            (string before, WorkerProcess holder) = (await schedulers.OwnerAsync(), await schedulers.HolderAsync());
            while (await schedulers.OwnerAsync() != before)
                (before, holder) = (await schedulers.OwnerAsync(), await schedulers.HolderAsync());
            int noticed = Noticed(holder);
            holder.Freeze();
            await Eventually.BecomesAsync(async () => await ScheduleOf.OwnerAsync(world) is { } owner && owner != before, "another goes on");
            holder.Thaw();
            await Eventually.BecomesAsync(() => Noticed(holder) > noticed, "it has noticed");
            (await schedulers.OwnerAsync()).ShouldNotBe(before);
        }

        await Eventually.BecomesAsync(async () => await ScheduleOf.CountAsync(world) == 0, "all jobs are queued");
        (await world.Queue().GetJobIdsAsync()).Order().ShouldBe(jobs.Select(job => job.Id).Order());
        // Who leaves lets go of nothing that is another's.
        string last = await schedulers.OwnerAsync();
        await schedulers.StopAllButAsync(await schedulers.HolderAsync());
        (await ScheduleOf.OwnerAsync(world)).ShouldBe(last);
    }

    [Fact]
    public async Task S055_jobs_run_once_while_workers_with_schedulers_stand_still_for_a_moment()
    {
        const int Count = 1000;
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using var workers = new SchedulerProcesses(world, "worker", "default");
        await workers.StartAsync(3);
        string key = Guid.NewGuid().ToString("N");
        await ScheduleAsync(world, key, Count, TimeSpan.FromSeconds(15));
        DateTimeOffset end = DateTimeOffset.UtcNow.AddSeconds(15);
        while (DateTimeOffset.UtcNow < end)
        {
            WorkerProcess worker = workers.Any(_random);
            worker.Freeze();
            await Task.Delay(TimeSpan.FromSeconds(0.5 + 3 * _random.NextDouble()), TestContext.Current.CancellationToken);
            worker.Thaw();
        }

        RedisKey[] runs = [.. Enumerable.Range(0, Count).Select(n => (RedisKey)$"runs:{key}-{n}")];
        await Eventually.BecomesAsync(async () => await world.Rq.Database.KeyExistsAsync(runs) == Count, "all jobs have run");
        (await world.Rq.Database.StringGetAsync(runs)).ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task S056_repeating_jobs_go_on_whenever_the_scheduler_dies()
    {
        const int Count = 2000, Repeating = 20;
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.StartWorker(configure: options => options.Concurrency = 20);
        await using var schedulers = new SchedulerProcesses(world, Mode, "default");
        await schedulers.StartAsync(2);
        string key = Guid.NewGuid().ToString("N");
        for (int n = 0; n < Repeating; n++)
        {
            string mine = $"{key}-repeating-{n}";
            await world.Queue().EnqueueAsync(
                () => ProcessJobs.CountAsync(mine, null!), new JobOptions { Repeat = new Repeat(1_000_000, TimeSpan.FromSeconds(1)), ResultTtl = TimeSpan.FromMinutes(10) });
        }

        await ScheduleAsync(world, key, Count, TimeSpan.FromSeconds(15));
        DateTimeOffset end = DateTimeOffset.UtcNow.AddSeconds(15);
        while (DateTimeOffset.UtcNow < end)
        {
            await Task.Delay(TimeSpan.FromSeconds(2 * _random.NextDouble()), TestContext.Current.CancellationToken);
            schedulers.Any(_random).Kill();
            await schedulers.StartAsync(1);
        }

        RedisKey[] runs = [.. Enumerable.Range(0, Count).Select(n => (RedisKey)$"runs:{key}-{n}")];
        await Eventually.BecomesAsync(async () => await world.Rq.Database.KeyExistsAsync(runs) == Count, "all jobs have run");
        (await world.Rq.Database.StringGetAsync(runs)).ShouldAllBe(count => count == 1);
        RedisKey[] repeats = [.. Enumerable.Range(0, Repeating).Select(n => (RedisKey)$"runs:{key}-repeating-{n}")];
        RedisValue[] before = await world.Rq.Database.StringGetAsync(repeats);
        await Eventually.BecomesAsync(
            async () => (await world.Rq.Database.StringGetAsync(repeats)).Zip(before).All(run => (long)run.First > (long)run.Second), "each of the repeating ones lives");
    }

    private static int Noticed(WorkerProcess scheduler) => scheduler.Output.Split("are another scheduler's now").Length - 1;

    private static DateTimeOffset Due(Job job) => job.CreatedAt!.Value + TimeSpan.FromSeconds(double.Parse(job.Description!, CultureInfo.InvariantCulture));

    /// <summary>Jobs that count their runs, due one after the other. Their descriptions say after how many seconds.</summary>
    private static async Task<IReadOnlyList<Job>> ScheduleAsync(TestWorld world, string key, int count, TimeSpan over)
    {
        var jobs = new List<Job>();
        foreach (int[] some in Enumerable.Range(0, count).Chunk(100))
        {
            jobs.AddRange(await Task.WhenAll(some.Select(n =>
            {
                TimeSpan after = TimeSpan.FromSeconds(1) + over * n / count;
                string mine = $"{key}-{n}";
                return world.Queue().EnqueueInAsync(
                    after, () => ProcessJobs.CountAsync(mine, null!), new JobOptions { Description = after.TotalSeconds.ToString(CultureInfo.InvariantCulture) });
            })));
        }

        return jobs;
    }
}
