using Microsoft.Extensions.Logging.Abstractions;
using RQ.Conformance.Executions;
using RQ.Executions;
using RQ.Jobs;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>Callbacks that are jobs, and that the worker that takes them does not know.</summary>
public class UnknownCallbackTests
{
    private const string Done = "tasks.done";

    [Theory, OnEachBackend]
    public async Task A_young_worker_passes_it_on(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);

        await passing.IsPassedOnAsync();
    }

    [Theory, OnEachBackend]
    public async Task Without_a_python_worker_it_fails_after_half_a_minute_and_says_what_to_do(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);
        passing.Time.Advance(TimeSpan.FromSeconds(30));

        string text = await passing.FailsAsync();

        text.ShouldContain("the workers of queue 'default' do not know 'tasks.done'; no Python worker, which might, serves the queue");
        foreach (string way in new[] { "WorkerOptions.CallbackQueue", "--callback-queue", "UnknownCallback.Fail", "register the function", "No function is registered for 'tasks.done'" })
            text.ShouldContain(way);
    }

    [Theory, OnEachBackend]
    public async Task While_a_python_worker_serves_the_queue_it_is_passed_on_and_for_half_a_minute_after(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);
        await passing.PythonComesAsync("default");
        passing.Time.Advance(TimeSpan.FromMinutes(5));
        await passing.IsPassedOnAsync();

        await passing.PythonGoesAsync("default");
        passing.Time.Advance(TimeSpan.FromSeconds(29));
        await passing.IsPassedOnAsync();
        passing.Time.Advance(TimeSpan.FromSeconds(1));
        await passing.FailsAsync();
    }

    [Theory, OnEachBackend]
    public async Task But_for_ten_minutes_at_most(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);
        await passing.PythonComesAsync("default");
        DateTimeOffset since = await passing.IsPassedOnAsync();
        passing.Time.Advance(TimeSpan.FromMinutes(10));

        (await passing.FailsAsync(since)).ShouldContain("none that does took it within 10 min");
    }

    [Theory, OnEachBackend]
    public async Task Workers_of_this_library_dead_ones_and_those_of_other_queues_do_not_count(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);
        await passing.PythonComesAsync("other");
        await passing.PythonComesAsync("default", more: new HashEntry("incarnation", "0123456789abcdef"));
        await passing.PythonComesAsync("default", more: new HashEntry("death", "2026-01-01T00:00:00.000000Z"));
        passing.Time.Advance(TimeSpan.FromSeconds(30));

        await passing.FailsAsync();
    }

    [Theory, OnEachBackend]
    public async Task It_looks_for_python_workers_once_a_second(Backend backend)
    {
        await using Passing passing = await Passing.CreateAsync(backend);
        passing.Time.Advance(TimeSpan.FromSeconds(29));
        await passing.IsPassedOnAsync();
        await passing.PythonComesAsync("default");
        passing.Time.Advance(TimeSpan.FromMilliseconds(500));
        await passing.IsPassedOnAsync();
        await passing.PythonGoesAsync("default");
        passing.Time.Advance(TimeSpan.FromMilliseconds(500));

        // One who had looked in between would have seen it.
        await passing.FailsAsync();
    }

    [Theory, OnEachBackend]
    public async Task It_is_told_of_once_with_the_advice(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        for (int i = 0; i < 3; i++)
            await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { OnSuccess = Callback.To(Done) });

        (await world.RunBurstAsync()).ShouldBe(3);

        world.LogCollector.GetSnapshot().Where(record => record.Message.Contains($"does not know the callback {Done}")).ShouldHaveSingleItem()
            .Message.ShouldContain("Name a queue that this worker does not serve (WorkerOptions.CallbackQueue, --callback-queue), or register the function");
    }

    [Theory, OnEachBackend]
    public async Task A_callback_that_ran_into_an_unknown_function_of_its_own_fails_with_that(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add(Done, () => { new JobFunctions().ResolveCallback("another.function"); });
        Job job = await CallbackAsync(world, "default");

        (await world.RunBurstAsync()).ShouldBe(1);

        string text = (await job.GetLatestResultAsync())!.ExceptionText!;
        text.ShouldContain("No function is registered for 'another.function'");
        text.ShouldNotContain("serves the queue");
        text.ShouldNotContain("callback of job");
    }

    [Theory, OnEachBackend]
    public async Task A_burst_worker_does_all_other_work_of_its_queues(Backend backend)
    {
        foreach (int concurrency in new[] { 1, 4 })
        {
            await using TestWorld world = await TestWorld.CreateAsync(backend);
            string key = Guid.NewGuid().ToString();
            // Jobs on all queues, some of which enqueue others: before and behind the callbacks.
            world.Functions.Add("burst.run", async (JobContext context, string[] then) =>
            {
                TestJobs.CountRun(key);
                foreach (string queue in then)
                    await new Queue(queue, context.Job.Connection).EnqueueAsync(JobCall.To("burst.run", new object?[] { Array.Empty<string>() }));
            });
            Job[] left = [await CallbackAsync(world, "high"), await CallbackAsync(world, "high"), await CallbackAsync(world, "default")];
            string[][] jobs = [[], ["high", "high"], [], ["default"], ["low"], ["high"]];
            foreach (string[] then in jobs)
                await world.Queue("default").EnqueueAsync(JobCall.To("burst.run", new object?[] { then }));
            await world.Queue("low").EnqueueAsync(JobCall.To("burst.run", new object?[] { new[] { "high", "default" } }));

            (await world.RunBurstAsync(["high", "default", "low"], options => options.Concurrency = concurrency)).ShouldBe(14);

            TestJobs.Runs(key).ShouldBe(14, $"concurrency {concurrency}");
            (await world.Queue("high").GetJobIdsAsync()).ShouldBe([left[0].Id, left[1].Id], ignoreOrder: true);
            (await world.Queue("default").GetJobIdsAsync()).ShouldBe([left[2].Id]);
            (await world.Queue("low").CountAsync()).ShouldBe(0);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_burst_worker_runs_what_its_last_job_enqueued_while_a_slot_was_free(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        world.Functions.Add("burst.follow", async (JobContext context) =>
        {
            // The take that brought this job has found nothing for the other slots.
            await new Queue("default", context.Job.Connection).EnqueueAsync(() => TestJobs.CountRun(key));
        });
        await world.Queue().EnqueueAsync(JobCall.To("burst.follow"));

        (await world.RunBurstAsync(configure: options => options.Concurrency = 4)).ShouldBe(2);

        TestJobs.Runs(key).ShouldBe(1);
    }

    private static async Task<Job> CallbackAsync(TestWorld world, string queue)
    {
        Job job = await world.Queue(queue).EnqueueAsync(JobCall.To(Done, "gone", null));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), [new HashEntry(JobFields.CallbackOf, "gone"), new HashEntry(JobFields.CallbackOn, "stopped")]);
        return job;
    }

    /// <summary>What one worker does with one callback, by a clock of the test.</summary>
    private sealed class Passing : IAsyncDisposable
    {
        private readonly UnknownFunctions _unknown;
        private readonly Job _job;

        private Passing(TestWorld world, SignallingTime time, Job job)
        {
            World = world;
            Time = time;
            _job = job;
            _unknown = new UnknownFunctions(new WorkerSetup(world.Rq, "w", ["default"], Inline.Options(world).Freeze(), NullLogger.Instance));
        }

        public TestWorld World { get; }

        public SignallingTime Time { get; }

        public static async Task<Passing> CreateAsync(Backend backend)
        {
            var time = new SignallingTime();
            TestWorld world = await TestWorld.CreateAsync(backend, options => options.TimeProvider = time);
            return new Passing(world, time, await CallbackAsync(world, "elsewhere"));
        }

        public ValueTask DisposeAsync() => World.DisposeAsync();

        public async Task<DateTimeOffset> IsPassedOnAsync()
        {
            (Outcome? held, _) = await HoldAsync(null);
            return held.ShouldBeOfType<Outcome.GivenBack>().UnknownSince.ShouldNotBeNull();
        }

        public async Task<string> FailsAsync(DateTimeOffset? since = null)
        {
            (Outcome? held, Exception failure) = await HoldAsync(since);
            held.ShouldBeNull();
            return failure.ShouldBeOfType<RqException>().Message;
        }

        public async Task PythonComesAsync(string queue, HashEntry? more = null)
        {
            string name = $"python-{queue}{more?.Name}";
            string key = World.Rq.Keys.Worker(name);
            await World.Rq.Database.HashSetAsync(key, [new HashEntry("birth", "2026-01-01T00:00:00.000000Z"), new HashEntry("queues", queue)]);
            if (more is { } entry)
                await World.Rq.Database.HashSetAsync(key, [entry]);
            await World.Rq.Database.SetAddAsync(World.Rq.Keys.WorkersOf(queue), key);
        }

        public async Task PythonGoesAsync(string queue)
        {
            await World.Rq.Database.KeyDeleteAsync(World.Rq.Keys.Worker($"python-{queue}"));
            await World.Rq.Database.SetRemoveAsync(World.Rq.Keys.WorkersOf(queue), World.Rq.Keys.Worker($"python-{queue}"));
        }

        private async Task<(Outcome? Held, Exception Failure)> HoldAsync(DateTimeOffset? since)
        {
            if (since is { } written)
                await World.Rq.Database.HashSetAsync(World.Rq.Keys.Job(_job.Id), [new(JobFields.LastOutcome, "returned"), new(JobFields.UnknownSince, RQ.Redis.RqTime.Timestamp(written))]);
            // A worker that is told to stop holds nothing.
            var running = new RunningExecution(await Inline.TakeAsync(World, _job), new CancellationToken(canceled: true));
            UnknownFunctionException unknown = Should.Throw<UnknownFunctionException>(() => new JobFunctions().ResolveCallback(Done));
            return await _unknown.HoldAsync(running, Done, unknown).WaitAsync(Eventually.Limit);
        }
    }
}
