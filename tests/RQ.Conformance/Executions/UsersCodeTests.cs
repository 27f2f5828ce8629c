using Microsoft.Extensions.DependencyInjection;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>Code of the user's around the function, which blocks, throws or asks for what cannot be: the job ends with the reason, its slot is free, and the worker goes on.</summary>
public class UsersCodeTests
{
    [Theory, OnEachBackend]
    public async Task A_wait_longer_than_any_calendar_is_a_very_long_wait(Backend backend)
    {
        await using TestWorld world = await WorldAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => Blocking.RetryAtTheEndOfTime(), new JobOptions { Retry = new Retry(3) });
        world.StartWorker(configure: options => options.Concurrency = 1);

        await GoesOnAsync(world);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
    }

    [Theory, OnEachBackend]
    public async Task The_time_limit_holds_for_services_that_do_not_let_themselves_be_disposed_of(Backend backend)
    {
        await using TestWorld world = await WorldAsync(backend);
        await using ServiceProvider services = new ServiceCollection().AddScoped<Blocking.Service>().BuildServiceProvider();
        Job job = await world.Queue().EnqueueAsync((Blocking.Caller caller) => caller.Call(), new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        world.StartWorker(configure: options =>
        {
            options.Concurrency = 1;
            options.Services = services;
            options.TimeoutGrace = TimeSpan.FromMilliseconds(100);
        });

        await GoesOnAsync(world);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("JobTimeoutException");
    }

    [Theory, OnEachBackend]
    public async Task What_a_callback_registers_on_its_token_is_not_waited_for(Backend backend)
    {
        await using TestWorld world = await WorldAsync(backend);
        var options = new JobOptions { OnSuccess = Callback.To(Blocking.RegistersAsync, TimeSpan.FromSeconds(1)) };
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), options);
        world.StartWorker(configure: worker =>
        {
            worker.Concurrency = 1;
            worker.TimeoutGrace = TimeSpan.FromMilliseconds(100);
        });

        await GoesOnAsync(world);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("JobTimeoutException");
    }

    [Fact]
    public async Task A_callback_that_nobody_knows_fails_when_it_cannot_be_seen_who_might_know_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Queue callbacks = world.Queue("callbacks");
        RunningWorker worker = world.StartWorker(["callbacks"], options => options.Concurrency = 1);
        await (await callbacks.EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.WorkersOf("callbacks"));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.WorkersOf("callbacks"), "no set");
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { OnSuccess = Callback.To("nobody.knows_me") });

        await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks");

        await Eventually.BecomesAsync(async () => await callbacks.Failed.CountAsync() == 1, "the callback has failed");
        await (await callbacks.EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        worker.Completion.IsCompleted.ShouldBeFalse();
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.WorkersOf("callbacks"));
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    private static async Task<TestWorld> WorldAsync(Backend backend)
    {
        TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<UsersCodeTests>();
        return world;
    }

    private static async Task GoesOnAsync(TestWorld world) =>
        (await (await world.Queue().EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
}

public static class Blocking
{
    public static void RetryAtTheEndOfTime() => throw new RetryAfterException(TimeSpan.MaxValue, "never");

    public static Task RegistersAsync(Job job, CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource();
        cancellationToken.Register(() => never.Task.Wait(CancellationToken.None));
        return never.Task;
    }

    public sealed class Service : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => new(new TaskCompletionSource().Task);
    }

    public sealed class Caller(Service service)
    {
        public bool Call() => service is not null;
    }
}
