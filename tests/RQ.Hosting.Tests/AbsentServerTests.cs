using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace RQ.Hosting.Tests;

public class AbsentServerTests
{
    [Fact]
    public async Task S115_a_host_starts_without_Redis_and_works_once_it_is_there()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        var log = new FakeLogCollector();
        using IHost host = HostedWorld.Build(log, services => services.AddRq(options => (options.Url, options.ConnectTimeout) = (server.Url(), TimeSpan.FromSeconds(1)))
            .AddFunctions(functions => functions.AddAssemblyOf<TestWorld>()).AddQueue("default").AddWorker("main"));
        await host.StartAsync().WaitAsync(Eventually.Limit);

        IQueue queue = host.Services.GetRequiredService<IQueue>();
        await Should.ThrowAsync<RedisConnectionException>(() => queue.EnqueueAsync(() => TestJobs.Add(1, 2)));
        Should.Throw<RqException>(() => host.Services.GetRequiredService<Queue>()).Message.ShouldStartWith("Redis cannot be reached yet; the host goes on trying.");
        HealthReportEntry health = await host.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Unhealthy, "Redis cannot be reached."));

        await server.StartAsync();
        await host.BecomesAsync(HealthStatus.Healthy);
        Job<int> job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        host.Services.GetRequiredService<Queue>().Name.ShouldBe("default");
        await Eventually.BecomesAsync(() => log.Count(121) > 0, "it says that it is connected");
        (log.Count(120), log.Count(121), log.Count(122)).ShouldBe((1, 1, 0), "each is said once");
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task S115_a_host_without_Redis_stops_when_asked()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq(options => (options.Url, options.ConnectTimeout) =
            ($"redis://127.0.0.1:{RedisServer.FreePort()}", TimeSpan.FromMilliseconds(200))).AddWorker());
        await host.StartAsync().WaitAsync(Eventually.Limit);
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task A_server_that_cannot_hold_queues_keeps_the_host_from_starting()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq().UseConnection((_, _) => throw new RqException("It lacks something.")).AddWorker());
        (await Should.ThrowAsync<RqException>(() => host.StartAsync())).Message.ShouldBe("It lacks something.");
    }

    [Fact]
    public async Task S116_the_health_check_is_red_while_Redis_is_away_and_green_again_when_jobs_run()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        using IHost host = HostedWorld.Build(new(), services => services.AddRq(server.Url())
            .AddFunctions(functions => functions.AddAssemblyOf<TestWorld>()).AddQueue("default").AddWorker("main"));
        await host.StartAsync();
        await host.BecomesAsync(HealthStatus.Healthy);

        server.Kill();
        await host.BecomesAsync(HealthStatus.Unhealthy);
        await server.StartAsync();
        await host.BecomesAsync(HealthStatus.Healthy);
        Job<int> job = await host.Services.GetRequiredService<IQueue>().EnqueueAsync(() => TestJobs.Add(1, 2));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await host.StopAsync();
    }

    [Fact]
    public async Task S116_the_health_check_is_red_when_a_worker_does_not_keep_its_lease()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis, options => options.Configure = redis => redis.AllowAdmin = true);
        using IHost host = HostedWorld.Build(world, rq => rq.AddWorker("main", worker => worker.Name = "leased"));
        await host.StartAsync();
        IDatabase database = world.Rq.Multiplexer.GetDatabase();
        await Eventually.BecomesAsync(
            async () => ((string)(await database.ExecuteAsync("CLIENT", "LIST"))!).Split('\n').Any(line => line.Contains($" db={database.Database} ") && line.Contains(" cmd=blmove ")),
            "the worker is idle");
        await host.BecomesAsync(HealthStatus.Healthy);

        // As if another process had taken the name over: this one is refused from now on.
        await database.HashSetAsync("rq:leases:owners", "leased", "another");
        await database.SortedSetAddAsync("rq:leases", "leased", 1e15);
        await host.BecomesAsync(HealthStatus.Unhealthy);
        (await host.HealthAsync()).Description.ShouldNotBeNull().ShouldStartWith("Worker 'main': it has");
    }
}
