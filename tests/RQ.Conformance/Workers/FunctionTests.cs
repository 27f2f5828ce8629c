using Microsoft.Extensions.DependencyInjection;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>Which methods a worker calls, how, and what becomes of jobs that cannot be called.</summary>
public class FunctionTests
{
    [Theory, OnEachBackend]
    public async Task Methods_of_every_shape_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job task = await queue.EnqueueAsync(() => ShapedJobs.PlainTaskAsync());
        Job valueTask = await queue.EnqueueAsync(() => ShapedJobs.PlainValueTaskAsync());
        Job<string> typed = await queue.EnqueueAsync(() => ShapedJobs.ValueTaskAsync("value"));
        Job<int> sum = await queue.EnqueueAsync(() => ShapedJobs.Sum(1, 2, 3));
        Job<int> instance = await queue.EnqueueAsync((PlainJob job) => job.DoubleAsync(21));
        Job rest = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.ShapedJobs.Sum", 4, 5));
        Job optional = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.ShapedJobs.Optional", "ab"));
        Job named = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.ShapedJobs.Optional", [], new Dictionary<string, object?> { ["times"] = 3, ["text"] = "x" }));
        Job alias = await queue.EnqueueAsync(JobCall.To("python_module.old_shout", ["hi"], new Dictionary<string, object?> { ["exclamation_marks"] = 2 }));
        int disposed = PlainJob.Disposed;

        await world.RunBurstAsync();

        (await task.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await valueTask.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await typed.WaitForResultAsync(Eventually.Limit)).ShouldBe("value");
        (await sum.WaitForResultAsync(Eventually.Limit)).ShouldBe(6);
        (await instance.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        PlainJob.Disposed.ShouldBeGreaterThan(disposed);
        (await rest.GetLatestResultAsync())!.ReturnValue.ShouldBe(9L);
        (await optional.GetLatestResultAsync())!.ReturnValue.ShouldBe("abab");
        (await named.GetLatestResultAsync())!.ReturnValue.ShouldBe("xxx");
        (await alias.GetLatestResultAsync())!.ReturnValue.ShouldBe("HI!!");
    }

    [Theory, OnEachBackend]
    public async Task A_job_class_is_made_by_the_service_provider(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using ServiceProvider services = new ServiceCollection().AddSingleton(new Greeter("Moin")).BuildServiceProvider();
        Job<string> job = await world.Queue().EnqueueAsync((GreetingJob each) => each.Run("Ada"));

        await world.RunBurstAsync(configure: options => options.Services = services);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Moin, Ada");
    }

    [Theory, OnEachBackend]
    public async Task A_job_knows_its_context_and_meta(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string> context = await world.Queue().EnqueueAsync(() => ShapedJobs.WhoAmI(null!), new JobOptions { Id = "me" });
        Job<string> meta = await world.Queue().EnqueueAsync(() => ShapedJobs.Meta(), new JobOptions { Meta = new Dictionary<string, object?> { ["a"] = 1, ["b"] = "x" } });

        await world.RunBurstAsync(configure: options => options.Name = "worker-1");

        (await context.WaitForResultAsync(Eventually.Limit)).ShouldBe("me worker-1 32 1 True");
        (await meta.WaitForResultAsync(Eventually.Limit)).ShouldBe("a=1,b=x");
    }

    [Theory, OnEachBackend]
    public async Task Blocking_methods_run_on_threads_of_the_worker(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<bool> job = await world.Queue().EnqueueAsync(() => ShapedJobs.RunsOnThreadPool());
        await world.RunBurstAsync();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task Calls_that_cannot_be_made_fail_with_what_was_looked_for(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await FailureAsync(world, JobCall.To("nobody.knows.this"))).ShouldContain("No function is registered for 'nobody.knows.this'");
        (await FailureAsync(world, JobCall.To("System.IO.File.Delete", "/tmp/x"))).ShouldContain("No function is registered");
        (await FailureAsync(world, JobCall.To("RQ.TestSupport.TestJobs.Add", 1))).ShouldContain("the argument 'y' is missing");
        (await FailureAsync(world, JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2, 3))).ShouldContain("takes 2 positional arguments, 3 were given");
        (await FailureAsync(world, JobCall.To("RQ.TestSupport.TestJobs.Add", 1, "two"))).ShouldContain("its argument 'y': A text does not fit the type Int32");
        (await FailureAsync(world, JobCall.To("RQ.TestSupport.TestJobs.Add", [1, 2], new Dictionary<string, object?> { ["z"] = 3 }))).ShouldContain("it has no argument 'z'");
    }

    [Theory, OnEachBackend]
    public async Task Data_that_cannot_be_read_fails_the_job_and_not_the_worker(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (byte[] data in new[] { [], "not a pickle"u8.ToArray(), "cos\nsystem\n(S'true'\ntR."u8.ToArray(), "[1, 2]"u8.ToArray(), [0x78, 0x9c, 1, 2, 3] })
        {
            Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "data", data);
            await world.RunBurstAsync();
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull();
        }
    }

    [Theory, OnEachBackend]
    public async Task RES_7_a_value_that_cannot_be_stored_is_replaced_by_a_text(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<object> job = await world.Queue().EnqueueAsync(() => ShapedJobs.ReturnsWhatCannotBeStored());
        await world.RunBurstAsync();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Unserializable return value");
    }

    [Theory, OnEachBackend]
    public async Task Json_is_read_without_being_told_and_answered_in_json(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var queue = new Queue("default", world.Rq, new QueueOptions { Serializer = JobSerializer.Json });
        Job<string> job = await queue.EnqueueAsync(() => TestJobs.Greet("Ada", "Hi", "?"), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = 1 } });
        await world.RunBurstAsync();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Hi, Ada?");
        job.Meta["k"].ShouldBe(1L);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "meta")).ShouldBe("""{"k":1}""");
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_heeds_its_token_fails_when_its_time_is_over(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string> job = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync("never " + Guid.NewGuid(), CancellationToken.None), new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        await world.RunBurstAsync();
        var failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        failure.ExceptionText.ShouldNotBeNull().ShouldContain("Task exceeded maximum timeout value (1 seconds)");
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_ignores_its_token_is_failed_and_the_worker_goes_on(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> stubborn = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate), new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        Job<int> next = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await world.RunBurstAsync(configure: options => options.TimeoutGrace = TimeSpan.FromMilliseconds(100));
        TestJobs.Gate(gate).Open();

        (await stubborn.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await stubborn.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("It went on all the same");
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    private static async Task<string> FailureAsync(TestWorld world, JobCall call)
    {
        Job job = await world.Queue().EnqueueAsync(call);
        await world.RunBurstAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        return (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull();
    }
}
