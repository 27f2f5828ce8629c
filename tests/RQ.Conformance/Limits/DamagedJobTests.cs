using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>Hashes of which a part is missing, as after an eviction or a producer that died, or holds what it should not.</summary>
public class DamagedJobTests
{
    private static readonly string[] s_garbage =
        ["", "abc", "-1", "0", "99999999999999999999", "-99999999999999999999", "NaN", "inf", "1e400", "null", "[]", "{}", "\0", "2026-13-45T99:99:99Z", "unknown", "\ufffd"];

    private static readonly JobOptions s_everything = new()
    {
        Timeout = TimeSpan.FromMinutes(1), ResultTtl = TimeSpan.FromHours(1), FailureTtl = TimeSpan.FromHours(1), Ttl = TimeSpan.FromHours(1), Description = "all options",
        Meta = new Dictionary<string, object?> { ["n"] = 1 }, Retry = new Retry(1), Repeat = new Repeat(1), OnSuccess = Callback.To("RQ.TestSupport.TestJobs.Nothing"),
        OnFailure = Callback.To("RQ.TestSupport.TestJobs.Nothing"), OnStopped = Callback.To("RQ.TestSupport.TestJobs.Nothing"), Group = "g", RateLimit = new RateLimit("k", 1000),
        DueIn = TimeSpan.Zero, OnAbandoned = AbandonedJob.Fail,
    };

    [Theory, OnEachBackend]
    public async Task S128_a_job_of_which_a_field_is_missing_or_garbage_harms_no_other(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job sample = await EnqueueAsync(world);
        string[] fields = [.. (await world.Rq.Database.HashKeysAsync(world.Rq.Keys.Job(sample.Id))).Select(field => (string)field!), JobFields.DependencyIds, JobFields.LastExecution, JobFields.LastOutcome, JobFields.UnknownSince, JobFields.Recoveries, JobFields.WorkerName];
        fields.Length.ShouldBeGreaterThan(25);
        var damaged = new List<(Job Job, string What)>();
        foreach (string field in fields)
        {
            Job missing = await EnqueueAsync(world);
            await world.Rq.Database.HashDeleteAsync(world.Rq.Keys.Job(missing.Id), field);
            damaged.Add((missing, $"without {field}"));
            foreach (string garbage in s_garbage)
            {
                Job odd = await EnqueueAsync(world);
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(odd.Id), field, garbage);
                damaged.Add((odd, $"{field} = '{garbage}'"));
            }
        }

        Job<int> good = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await world.RunBurstAsync(configure: options => options.Concurrency = 8);

        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        HashSet<string> left = [.. await world.Queue().GetJobIdsAsync(), .. await world.Queue().Started.GetJobIdsAsync()];
        damaged.Where(each => left.Contains(each.Job.Id)).Select(each => each.What).ShouldBeEmpty();
        world.LogCollector.GetSnapshot().Where(record => record.Message.Contains("step failed") || record.Message.Contains("maintenance")).Select(record => record.Exception?.ToString()).ShouldBeEmpty();
        var undone = new List<string>();
        foreach ((Job job, string what) in damaged)
        {
            // What has no status that it could wait in is passed over; all else has run, and can be shown.
            if (what is "without data" || await Job.ExistsAsync(job.Id, world.Rq) is false)
                continue;
            await job.RefreshAsync();
            GC.KeepAlive((job.ToString(), await job.GetLatestResultAsync()));
            if (!what.StartsWith("meta ", StringComparison.Ordinal) && !what.StartsWith("data ", StringComparison.Ordinal))
                job.Meta.Count.ShouldBeLessThan(2);
            // The next run of a job is where its origin says.
            if (job.Status is JobStatus.Queued or JobStatus.Started && !(what.StartsWith("origin ", StringComparison.Ordinal) && job.RepeatsLeft == 0))
                undone.Add($"{what}: {job.Status}");
        }

        undone.ShouldBeEmpty();

        Task<Job> EnqueueAsync(TestWorld world) => world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 1), s_everything with { DueIn = null });
    }

    [Theory, OnEachBackend]
    public async Task S128_of_a_job_that_vanishes_while_it_runs_only_its_own_end_is_lost(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> evicted = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        Job child = await world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), new JobOptions { DependsOn = [evicted] });
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 2);
        await TestJobs.Gate(gate).HasEnteredAsync();

        await world.Rq.Database.KeyDeleteAsync([world.Rq.Keys.Job(evicted.Id), world.Rq.Keys.Job(child.Id)]);
        TestJobs.Gate(gate).Open();

        Job<int> good = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await Eventually.BecomesAsync(async () => await world.Queue().Started.CountAsync() == 0, "nothing is listed as running");
        (await worker.StopAsync()).ShouldBe(2);
        (await Job.ExistsAsync(evicted.Id, world.Rq)).ShouldBeFalse("nobody makes half a hash of it");
        (await Job.ExistsAsync(child.Id, world.Rq)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task What_names_no_execution_among_a_workers_executions_holds_up_neither_it_nor_its_burial(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const string dead = "dead";
        // A worker that died with garbage among what it ran, whose queues nobody knows any more, and that had claimed a job.
        Job<int> claimed = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await world.Rq.Database.ListMoveAsync(world.Rq.Keys.Queue("default"), world.Rq.Keys.Claims(dead, "default"), ListSide.Left, ListSide.Right);
        await world.Rq.Database.SetAddAsync(world.Rq.Keys.WorkerExecutions(dead), ["nonsense", ":", "", "a:", ":b"]);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Leases, dead, 1000);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.LeaseOwners, dead, "run {broken");

        RunningWorker worker = world.StartWorker(configure: options => options.Name = "alive");
        await Eventually.BecomesAsync(async () => await Worker.CountAsync(world.Rq) == 1, "the worker is registered");
        await world.Rq.Database.SetAddAsync(world.Rq.Keys.WorkerExecutions("alive"), ["nonsense", ":"]);

        (await claimed.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Leases, dead)).ShouldBeNull();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.WorkerExecutions(dead))).ShouldBeFalse();
        await worker.StopAsync();
    }
}
