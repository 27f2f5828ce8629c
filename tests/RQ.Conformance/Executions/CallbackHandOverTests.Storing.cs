using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>What cannot be stored as it is, and servers that are away or refuse.</summary>
public partial class CallbackHandOverTests
{
    [Theory, OnEachBackend]
    public async Task A_result_that_cannot_be_stored_is_handed_over_as_what_is_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("tasks.odd", () => (object)new Func<int>(() => 1));
        Job job = await world.Queue().EnqueueAsync(JobCall.To("tasks.odd"), s_all);

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().GetJobsAsync()).ShouldHaveSingleItem().Arguments.ShouldBe([job.Id, null, "Unserializable return value"]);
    }

    [Theory, OnEachBackend]
    public async Task A_result_that_is_too_large_for_a_job_is_left_out(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.MaxJobSize = 2000);
        world.Functions.Add("tasks.much", () => new byte[5000]).Add("tasks.explain", () => { throw new InvalidOperationException("it " + new string('x', 5000)); });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("tasks.much"), s_all);
        Job failed = await world.Queue().EnqueueAsync(JobCall.To("tasks.explain"), s_all with { Retry = new Retry(1) });

        (await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks")).ShouldBe(3);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        IReadOnlyList<Job> callbacks = await world.Queue("callbacks").GetJobsAsync();
        callbacks.Single(each => Equals(each.Arguments[0], job.Id)).Arguments.ShouldBe([job.Id, null, "Unserializable return value"]);
        Job[] failures = [.. callbacks.Where(each => Equals(each.Arguments[0], failed.Id))];
        failures.Length.ShouldBe(2);
        foreach (Job failure in failures)
        {
            failure.Arguments[2].ShouldBe("System.InvalidOperationException");
            ((string)failure.Arguments[3]!).ShouldMatch("^it x+$");
            ((string)failure.Arguments[4]!).ShouldStartWith("System.InvalidOperationException: it x");
        }

        (await failed.GetLatestResultAsync())!.ExceptionText!.Length.ShouldBeGreaterThan(5000);
    }

    [Theory, OnEachBackend]
    public async Task A_server_that_refuses_it_fails_no_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Deferred("callbacks"), "no sorted set");
        var callback = Callback.To(Done, TimeSpan.FromSeconds(1));
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { OnSuccess = callback });
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { OnFailure = callback });

        (await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks")).ShouldBe(2);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        (await failed.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldStartWith("System.InvalidOperationException: boom");
        world.LogCollector.GetSnapshot().Count(record => record.Id.Id == 78 && record.Message.Contains("could not be handed over: it is not called")).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task What_the_server_refuses_is_tried_again(Backend backend)
    {
        var time = new SignallingTime();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.TimeProvider = time);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("callbacks"), "no list");
        Task sent = SendAsync(world, job);
        await time.Waits.WaitAsync(Eventually.Limit);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Queue("callbacks"));

        time.Advance(TimeSpan.FromSeconds(1));

        await sent.WaitAsync(Eventually.Limit);
        (await world.Queue("callbacks").GetJobsAsync()).ShouldHaveSingleItem().Arguments.ShouldBe([job.Id, null, 3L]);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_stops_does_not_wait_for_the_server(Backend backend)
    {
        var time = new SignallingTime();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.TimeProvider = time);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("callbacks"), "no list");
        using var stop = new CancellationTokenSource();
        Task sent = SendAsync(world, job, stop.Token);
        await time.Waits.WaitAsync(Eventually.Limit);

        await stop.CancelAsync();

        await Should.ThrowAsync<RedisServerException>(() => sent.WaitAsync(Eventually.Limit));
    }

    [Theory, OnEachBackend]
    public async Task A_run_that_was_lost_does_not_wait_for_the_server(Backend backend)
    {
        var time = new SignallingTime();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.TimeProvider = time);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("callbacks"), "no list");
        var running = new RQ.Workers.RunningExecution(await Inline.TakeAsync(world, job));
        Task sent = SendAsync(world, running);
        await time.Waits.WaitAsync(Eventually.Limit);

        running.Lose();
        time.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<RedisServerException>(() => sent.WaitAsync(Eventually.Limit));
    }
}
