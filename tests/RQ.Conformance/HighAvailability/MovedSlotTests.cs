using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A cluster that changes while its namespaces are used: slots move to another node, and replicas take over.</summary>
public sealed class MovedSlotTests
{
    [Fact]
    public async Task A_worker_and_its_producers_follow_a_slot_that_moves_and_no_job_is_lost()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        string prefix = cluster.PrefixOn(0);
        int slot = cluster.SlotOf(prefix);
        await using RqConnection rq = await RqConnection.ConnectAsync(cluster.Url, new RqConnectionOptions { KeyPrefix = prefix });
        await using RunningWorker worker = Serving.StartWorker(rq, ["high", "default"], configure: options =>
        {
            options.Concurrency = 4;
            options.WithScheduler = true;
        });
        var queue = new Queue("default", rq);
        Job<string> running = await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync("moved-slot", default));
        await TestJobs.Gate("moved-slot").HasEnteredAsync();
        var ids = new List<string>();
        using var stop = new CancellationTokenSource();
        Task producing = ProduceAsync(rq, ids, stop.Token);

        // There, in two steps, and back again.
        foreach ((int from, int to) in new[] { (0, 1), (1, 2), (2, 0) })
        {
            int before = Count(ids);
            await Eventually.BecomesAsync(() => Count(ids) > before + 20, "jobs are enqueued");
            cluster.BeginMove(slot, from, to);
            cluster.MoveKeys(slot, from, to, 5);
            await cluster.CompleteMoveAsync(slot, from, to);
            int then = Count(ids);
            await Eventually.BecomesAsync(() => Count(ids) > then + 20, "jobs are enqueued at the new node");
        }

        await stop.CancelAsync();
        await producing;
        TestJobs.Gate("moved-slot").Open();
        (await running.WaitForResultAsync(Eventually.Limit)).ShouldBe("moved-slot");
        running.Attempts.ShouldBe(0);
        IReadOnlyList<Job?> jobs = await Eventually.GivesAsync(async () =>
        {
            IReadOnlyList<Job?> all = await Job.FetchManyAsync(ids, rq);
            return all.All(job => job is null || job.Status == JobStatus.Finished) ? all : null;
        }, "all jobs have ended");
        jobs.ShouldAllBe(job => job != null && job.Attempts == 0);
        ids.ShouldBe(ids.Distinct());
        worker.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task While_a_slot_is_half_here_and_half_there_nothing_is_run_on_a_part_of_it()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        string prefix = cluster.PrefixOn(0);
        int slot = cluster.SlotOf(prefix);
        await using RqConnection rq = await RqConnection.ConnectAsync(cluster.Url, Serving.Impatient(prefix));
        var log = new FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, log: log);
        var queue = new Queue("default", rq);
        await (await queue.EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await queue.PauseAsync();
        Job[] jobs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 1))));

        // All that a take names is there, and the jobs are still here: Redis would have it sent there.
        cluster.BeginMove(slot, 0, 1);
        cluster.MoveKeys(slot, 0, 1, key => !key.StartsWith($"{prefix}job:", StringComparison.Ordinal));
        await queue.ResumeAsync();
        await Eventually.BecomesAsync(
            async () => log.GetSnapshot().Any(record => record.Id.Id == 40) || await queue.CountAsync() < jobs.Length, "the worker has tried to take them");
        (await queue.CountAsync()).ShouldBe(jobs.Length);
        Exception refusal = await Should.ThrowAsync<StackExchange.Redis.RedisException>(() => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 1)));
        refusal.Message.ShouldMatch("TRYAGAIN|is being moved to another node of the cluster");
        await cluster.CompleteMoveAsync(slot, 0, 1);

        foreach (Job job in jobs)
            (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(2);
    }

    [Fact]
    public async Task S124_work_and_scheduling_go_on_when_the_primary_of_a_namespace_dies()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync(nodeTimeout: 3000);
        RedisServer replica = await cluster.AddReplicaAsync(0);
        string prefix = cluster.PrefixOn(0), key = "S124-cluster";
        await using RqConnection rq = await RqConnection.ConnectAsync(cluster.Url, new RqConnectionOptions { KeyPrefix = prefix });
        await using RunningWorker worker = Serving.StartWorker(rq, configure: options => options.WithScheduler = true);
        var queue = new Queue("default", rq);
        Job<string> running = await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync(key, default));
        await TestJobs.Gate(key).HasEnteredAsync();
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("tick", TimeSpan.FromSeconds(1), () => TestJobs.CountRun(key)) with { Queue = "ticks" });
        await using RunningWorker ticking = Serving.StartWorker(rq, ["ticks"]);
        await Eventually.BecomesAsync(() => TestJobs.Runs(key) > 0, "the schedule runs");
        await Eventually.BecomesAsync(() => (long)RedisCluster.Ask(cluster.Primaries[0], "WAIT", 1, 1000) == 1, "the replica has everything");

        cluster.Primaries[0].Kill();
        await Eventually.BecomesAsync(() => RedisCluster.Ask(replica, "ROLE")[0].ToString() == "master", "the replica has taken over");
        int runs = TestJobs.Runs(key);
        TestJobs.Gate(key).Open();
        Job<int> job = await Serving.EnqueueAsync(rq);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await running.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
        await Eventually.BecomesAsync(() => TestJobs.Runs(key) > runs, "the schedule goes on");
        worker.Completion.IsCompleted.ShouldBeFalse();
        ticking.Completion.IsCompleted.ShouldBeFalse();
    }

    private static int Count(List<string> ids)
    {
        lock (ids)
            return ids.Count;
    }

    // It is told of a slot that is being moved by an exception, and tries the same job again until it is taken.
    private static async Task ProduceAsync(RqConnection rq, List<string> ids, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Job<int> job = await Serving.EnqueueAsync(rq);
            lock (ids)
                ids.Add(job.Id);
        }
    }
}
