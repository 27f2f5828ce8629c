using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using RQ.WorkHorses;

namespace RQ.Hosting.Tests;

public class HostedWorkerTests
{
    [Theory, OnEachBackend]
    public async Task A_hosted_worker_runs_what_an_injected_queue_enqueues(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(world, rq => rq.AddQueue("low").AddQueue("high").AddWorker());
        await host.StartAsync();

        IQueue unkeyed = host.Services.GetRequiredService<IQueue>();
        IQueue high = host.Services.GetRequiredKeyedService<IQueue>("high");
        unkeyed.Name.ShouldBe("low", "the first one is also there without a key");
        high.Name.ShouldBe("high");
        Job<int> first = await unkeyed.EnqueueAsync(() => TestJobs.Add(1, 2));
        Job<int> second = await high.EnqueueAsync(() => TestJobs.Add(3, 4));

        (await first.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await second.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
        (await host.HealthAsync()).Status.ShouldBe(HealthStatus.Healthy);
        await host.StopAsync();
        world.LogCollector.Count(124).ShouldBe(0, "it ended because of the host, not by itself");
    }

    [Fact]
    public async Task The_queue_called_default_is_the_one_without_a_key()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost named = HostedWorld.Build(world, rq => rq.AddQueue("low").AddQueue("default", queue => queue.DefaultTimeout = TimeSpan.FromHours(1)));
        named.Services.GetRequiredService<IQueue>().Name.ShouldBe("default");
        named.Services.GetRequiredService<Queue>().DefaultTimeout.ShouldBe(TimeSpan.FromHours(1));
        named.Services.GetRequiredKeyedService<Queue>("low").DefaultTimeout.ShouldBe(TimeSpan.FromSeconds(180));

        using IHost none = HostedWorld.Build(world, _ => { });
        none.Services.GetRequiredService<IQueue>().Name.ShouldBe("default");
    }

    [Theory, OnEachBackend]
    public async Task Each_job_has_a_scope_whose_services_are_disposed_of_after_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.AddSingleton<SharedNotes>().AddScoped<ScopedService>();
            rq.AddQueue("default").AddWorker();
        });
        await host.StartAsync();
        SharedNotes notes = host.Services.GetRequiredService<SharedNotes>();
        IQueue queue = host.Services.GetRequiredService<IQueue>();

        (await (await queue.EnqueueAsync((CountingJob job) => job.Run("one"))).WaitForResultAsync(Eventually.Limit)).ShouldBeTrue();
        (await (await queue.EnqueueAsync((CountingJob job) => job.Run("two"))).WaitForResultAsync(Eventually.Limit)).ShouldBeTrue();

        notes.All.ShouldBe(["one while its scope lives", "disposed", "two while its scope lives", "disposed"]);
        await host.StopAsync();
    }

    [Fact]
    public async Task Filters_and_handlers_come_from_the_container()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.AddSingleton<SharedNotes>();
            rq.AddQueue("default").AddExecutionFilter<NotingFilter>().AddExceptionHandler<NotingHandler>().AddWorker();
        });
        await host.StartAsync();
        IQueue queue = host.Services.GetRequiredService<IQueue>();

        Job<int> good = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));
        await good.WaitForResultAsync(Eventually.Limit);
        Job bad = await queue.EnqueueAsync(() => TestJobs.Fail("oh"));
        await Eventually.BecomesAsync(async () => await bad.GetStatusAsync() == JobStatus.Failed, "the job failed");

        host.Services.GetRequiredService<SharedNotes>().All.ShouldBe(["filter before", "filter after", "filter before", "handler: oh"]);
        await host.StopAsync();
    }

    [Fact]
    public async Task Jobs_that_their_caller_runs_find_the_hosts_services()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.AddSingleton<SharedNotes>().AddScoped<ScopedService>();
            rq.AddQueue("default").AddExecutionFilter<NotingFilter>();
        }, ("Rq:Queue:IsAsync", "false"));
        await host.StartAsync();

        Job<bool> job = await host.Services.GetRequiredService<IQueue>().EnqueueAsync((CountingJob counting) => counting.Run("here"));

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        host.Services.GetRequiredService<SharedNotes>().All.ShouldBe(["filter before", "here while its scope lives", "filter after", "disposed"]);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_worker_whose_name_is_taken_stops_the_host()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        RunningWorker other = world.StartWorker(configure: options => options.Name = "taken");
        await Eventually.BecomesAsync(async () => await world.Rq.Multiplexer.GetDatabase().KeyExistsAsync("rq:worker:taken"), "it is registered");
        using IHost host = HostedWorld.Build(world, rq => rq.AddWorker("main", worker => worker.Name = "taken"));
        await host.StartAsync();

        var stopping = new TaskCompletionSource();
        using CancellationTokenRegistration registration =
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.TrySetResult());
        await stopping.Task.WaitAsync(Eventually.Limit);

        world.LogCollector.GetSnapshot().ShouldContain(record => record.Exception is WorkerNameTakenException);
        (await host.HealthAsync()).Description.ShouldNotBeNull().ShouldContain("Worker 'main': it has failed: There exists an active worker named 'taken'");
        await host.StopAsync();
        await other.StopAsync();
    }

    [Fact]
    public async Task A_worker_that_is_done_leaves_the_host_running_unless_told_otherwise()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost goesOn = HostedWorld.Build(world, rq => rq.AddWorker("burst", worker => worker.Burst = true));
        await goesOn.StartAsync();
        await Eventually.BecomesAsync(async () => (await goesOn.HealthAsync()).Description == "Worker 'burst' has ended by itself.", "its end is told");
        (await goesOn.HealthAsync()).Status.ShouldBe(HealthStatus.Degraded);
        goesOn.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        await goesOn.StopAsync();

        using IHost ends = HostedWorld.Build(world, rq => rq.AddWorker("burst", worker => (worker.Burst, worker.StopHostWhenDone) = (true, true)));
        await ends.RunAsync().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task S116_a_worker_is_starting_until_its_first_work_horse_is_ready_or_should_be()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.Configure<RqOptions>(options => options.TimeProvider = time);
            rq.AddWorker("main", worker =>
            {
                worker.Isolation = Isolation.WorkHorse;
                // Never ready.
                worker.WorkHorses.Command = new HorseCommand("sleep", ["300"], []);
                worker.WorkHorses.StartTimeout = TimeSpan.FromMinutes(30);
            });
        });
        await host.StartAsync();
        await host.BecomesAsync(HealthStatus.Degraded);
        (await host.HealthAsync()).Description.ShouldBe("Worker 'main' is starting.");

        time.Advance(TimeSpan.FromMinutes(29));
        (await host.HealthAsync()).Status.ShouldBe(HealthStatus.Degraded, "it has no lease that it could have lost");
        time.Advance(TimeSpan.FromMinutes(2));
        HealthReportEntry late = await host.HealthAsync();
        (late.Status, late.Description).ShouldBe((HealthStatus.Unhealthy, "Worker 'main': it has been starting for 1860 s."));
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task The_connection_is_one_and_ends_with_the_host()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        IHost host = HostedWorld.Build(world, rq => rq.AddQueue("low").AddWorker());
        await host.StartAsync();
        RqConnection connection = host.Services.GetRequiredService<RqConnection>();
        host.Services.GetRequiredKeyedService<Queue>("low").Connection.ShouldBeSameAs(connection);
        host.Services.GetRequiredService<RqConnectionSource>().Current.ShouldBeSameAs(connection);

        await host.StopAsync();
        connection.Multiplexer.IsConnected.ShouldBeTrue("what stops after the workers may still need it");
        (await world.Rq.Multiplexer.GetDatabase().SetLengthAsync("rq:workers")).ShouldBe(0);
        host.Dispose();
        connection.Multiplexer.IsConnected.ShouldBeFalse();
    }
}
