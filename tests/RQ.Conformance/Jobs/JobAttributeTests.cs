using Microsoft.Extensions.DependencyInjection;
using RQ.Conformance.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Options on the method, as RQ's <c>@job</c> has them.</summary>
public class JobAttributeTests
{
    [Theory, OnEachBackend]
    public async Task DEC_1_a_call_goes_to_its_methods_queue_with_its_methods_options(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Rq.EnqueueAsync(() => DecoratedJobs.Count("a b"));

        job.Origin.ShouldBe("low");
        job.Timeout.ShouldBe(TimeSpan.FromSeconds(30));
        job.ResultTtl.ShouldBe(TimeSpan.FromSeconds(60));
        job.FailureTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        job.Description.ShouldBe("count words");
        job.RetriesLeft.ShouldBe(2);
        IDatabase db = world.Rq.Database;
        string key = world.Rq.Keys.Job(job.Id);
        ((string?)await db.HashGetAsync(key, "ttl")).ShouldBe("3600");
        ((string?)await db.HashGetAsync(key, "retry_intervals")).ShouldNotBeNull().ShouldContain("10");
        ((string?)await db.HashGetAsync(key, "success_callback_name")).ShouldBe("callbacks.done");
        ((string?)await db.HashGetAsync(key, "failure_callback_name")).ShouldBe("callbacks.failed");
        ((string?)await db.HashGetAsync(key, "stopped_callback_name")).ShouldBe("callbacks.stopped");

        Job first = await world.Rq.EnqueueAsync(() => DecoratedJobs.First());
        Job last = await world.Rq.EnqueueAsync(() => TestJobs.Nothing());
        (await world.Queue("low").GetJobIdsAsync()).ShouldBe([first.Id, job.Id]);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([last.Id]);
        DecoratedJobs.Count("a b c").ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task DEC_1_every_shape_of_method_can_be_enqueued_on_a_connection(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<JobAttributeTests>();
        var jobs = new List<Job>
        {
            await world.Rq.EnqueueAsync(() => TestJobs.Nothing()),
            await world.Rq.EnqueueAsync(() => ShapedJobs.PlainTaskAsync()),
            await world.Rq.EnqueueAsync(() => ShapedJobs.PlainValueTaskAsync()),
            await world.Rq.EnqueueAsync(() => ShapedJobs.ValueTaskAsync("x")),
            await world.Rq.EnqueueAsync((PlainJob job) => job.DoubleAsync(2)),
            await world.Rq.EnqueueAsync((DecoratedInstance job) => job.Plain()),
            await world.Rq.EnqueueAsync((DecoratedInstance job) => job.Text()),
            await world.Rq.EnqueueAsync((DecoratedInstance job) => job.WorkAsync()),
        };
        await world.RunBurstAsync(["default", "instances"]);
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        jobs[5].Origin.ShouldBe("instances");
    }

    [Theory, OnEachBackend]
    public async Task DEC_2_options_of_the_call_win_over_those_of_the_method(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Rq.EnqueueAsync(() => TestJobs.Nothing());
        Job<int> job = await world.Queue("high").EnqueueAsync(() => DecoratedJobs.Count("a"), new JobOptions
        {
            Id = "mine",
            DependsOn = [parent],
            Timeout = TimeSpan.FromSeconds(5),
            ResultTtl = TimeSpan.Zero,
            Description = "another",
            Retry = new Retry(7),
            OnSuccess = Callback.To("other.done"),
        });

        job.Id.ShouldBe("mine");
        job.Origin.ShouldBe("high");
        job.Status.ShouldBe(JobStatus.Deferred);
        job.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
        job.ResultTtl.ShouldBe(TimeSpan.Zero);
        job.FailureTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        job.Description.ShouldBe("another");
        job.RetriesLeft.ShouldBe(7);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job("mine"), "success_callback_name")).ShouldBe("other.done");

        (await world.Rq.EnqueueAsync(() => DecoratedJobs.Count("a"), new JobOptions { AtFront = true })).Origin.ShouldBe("low");
        Job byName = await world.Queue().EnqueueAsync(JobCall.To("RQ.Conformance.Jobs.DecoratedJobs.Count", "a"));
        byName.RetriesLeft.ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task DEC_3_a_result_ttl_is_stored_only_when_it_is_given(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job without = await world.Rq.EnqueueAsync(() => DecoratedJobs.First());
        Job with = await world.Rq.EnqueueAsync(() => DecoratedJobs.Count("a"));
        Job dropped = await world.Rq.EnqueueAsync(() => DecoratedJobs.Dropped());

        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(without.Id), "result_ttl")).ShouldBeFalse();
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(without.Id), "timeout")).ShouldBeTrue();
        without.Timeout.ShouldBe(TimeSpan.FromSeconds(180));
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(with.Id), "result_ttl")).ShouldBe("60");
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(dropped.Id), "result_ttl")).ShouldBe("0");
    }

    // RQ takes classes of the user's for jobs, queues, workers, connections and serializers. Here each of them takes what would be
    // overridden: functions, services, a serializer, a clock, a connection that was made elsewhere.
    [Theory, OnEachBackend]
    public async Task CUS_1_what_rq_takes_as_classes_is_handed_over_as_objects(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using ServiceProvider services = new ServiceCollection().AddSingleton(new Greeter("Servus")).BuildServiceProvider();
        await using RqConnection rq = await RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions
        {
            KeyPrefix = world.Rq.KeyPrefix,
            Serializer = new PlainTextSerializer(),
            TimeProvider = TimeProvider.System,
        });
        rq.Multiplexer.ShouldBeSameAs(world.Rq.Multiplexer);
        Job<string> job = await rq.EnqueueAsync((GreetingJob each) => each.Run("Ada"));
        var functions = new JobFunctions().AddAssemblyOf<TestWorld>();

        await new Worker([new Queue("default", rq)], new WorkerOptions { Burst = true, Functions = functions, Services = services }).RunAsync(CancellationToken.None).WaitAsync(Eventually.Limit);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Servus, Ada");
    }
}

/// <summary>Methods with options.</summary>
public static class DecoratedJobs
{
    [Job(Queue = "low", TimeoutSeconds = 30, ResultTtlSeconds = 60, FailureTtlSeconds = -1, TtlSeconds = 3600, Description = "count words",
        MaxRetries = 2, RetryIntervalsSeconds = [10, 20], OnSuccess = "callbacks.done", OnFailure = "callbacks.failed", OnStopped = "callbacks.stopped")]
    public static int Count(string text) => text.Split(' ').Length;

    [Job(Queue = "low", AtFront = true)]
    public static void First()
    {
    }

    [Job(ResultTtlSeconds = 0)]
    public static void Dropped()
    {
    }
}

/// <summary>A class of jobs with options.</summary>
public sealed class DecoratedInstance
{
    [Job(Queue = "instances")]
    public void Plain()
    {
    }

    public string Text() => "text";

    public async Task WorkAsync() => await Task.Yield();
}
