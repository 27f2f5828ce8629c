using StackExchange.Redis;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace RQ.Hosting.Tests;

/// <summary>Schedulers of a host.</summary>
public class SchedulerTests
{
    [Fact]
    public void A_hosted_worker_has_a_scheduler_unless_it_is_told_not_to_SCH_3()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost").AddWorker("main").AddWorker("plain").AddWorker("coded", worker => worker.WithScheduler = false),
            ("Rq:Workers:plain:WithScheduler", "false"));
        IOptionsMonitor<RqWorkerOptions> options = host.Services.GetRequiredService<IOptionsMonitor<RqWorkerOptions>>();

        options.Get("main").WithScheduler.ShouldBeTrue();
        options.Get("plain").WithScheduler.ShouldBeFalse();
        options.Get("coded").WithScheduler.ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_is_due_later_runs_in_a_host_without_anything_said_of_schedulers_SCH_2_SCH_3(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(world, rq => rq.AddWorker());
        await host.StartAsync();

        Job<int> job = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(1), () => TestJobs.Add(1, 2));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await host.StopAsync();
    }

    [Theory]
    [InlineData]
    [InlineData("words")]
    public async Task A_scheduler_alone_moves_jobs_and_leaves_them_to_workers_elsewhere_SCH_3(params string[] queues)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost host = HostedWorld.Build(world, rq => rq.AddScheduler(queues));
        await host.StartAsync();

        Job job = await world.Queue("words").EnqueueInAsync(TimeSpan.FromSeconds(1), () => TestJobs.Add(1, 2));

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "it is queued");
        await host.StopAsync().WaitAsync(Eventually.Limit);
        (await world.Rq.Database.KeyExistsAsync("rq:scheduler-lock:words")).ShouldBeFalse("it has left");
    }

    [Fact]
    public async Task S115_a_scheduler_starts_when_its_server_does()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        var log = new FakeLogCollector();
        using IHost host = HostedWorld.Build(log, services => services.AddRq(options => (options.Url, options.ConnectTimeout) = (server.Url(), TimeSpan.FromSeconds(1))).AddScheduler());
        await host.StartAsync().WaitAsync(Eventually.Limit);

        await server.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        Job job = await new Queue("default", rq).EnqueueInAsync(TimeSpan.FromSeconds(1), () => TestJobs.Add(1, 2));
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "it is queued");

        // And again, after a restart.
        server.Kill();
        await server.StartAsync();
        Job second = await Eventually.GivesAsync(
            async () =>
            {
                try
                {
                    return await new Queue("default", rq).EnqueueInAsync(TimeSpan.FromSeconds(1), () => TestJobs.Add(1, 2));
                }
                catch (RedisConnectionException)
                {
                    return null;
                }
            },
            "the test is connected again");
        await Eventually.BecomesAsync(async () => await second.GetStatusAsync() == JobStatus.Queued, "it is queued");
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }
}
