using Microsoft.Extensions.Options;

namespace RQ.Hosting.Tests;

public class ShutdownTests
{
    [Theory, OnEachBackend]
    public async Task A_running_job_finishes_before_the_host_stops(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(world, rq => rq.AddQueue("default").AddWorker());
        await host.StartAsync();
        string gate = $"host-{backend}-finishes";
        Job<string> job = await host.Services.GetRequiredService<IQueue>().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, default));
        await TestJobs.Gate(gate).HasEnteredAsync();

        Task stopping = host.StopAsync();
        await Eventually.BecomesAsync(() => world.LogCollector.Count(5) == 1, "the worker was told to stop");
        stopping.IsCompleted.ShouldBeFalse();
        TestJobs.Gate(gate).Open();
        await stopping.WaitAsync(Eventually.Limit);

        (await (await Job.FetchAsync(job.Id, world.Rq)).GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_that_are_too_long_are_given_back_within_the_hosts_limit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(15));
            // Two workers: the limit is for both together, though the host waits for one after the other.
            rq.AddQueue("one").AddQueue("two").AddWorker(worker => worker.Queues = ["one"]).AddWorker(worker => worker.Queues = ["two"]);
        });
        await host.StartAsync();
        string[] gates = [$"host-{backend}-long-1", $"host-{backend}-long-2"];
        Job[] jobs =
        [
            await world.Queue("one").EnqueueAsync(() => TestJobs.BlockAtGate(gates[0])),
            await world.Queue("two").EnqueueAsync(() => TestJobs.BlockAtGate(gates[1])),
        ];
        foreach (string gate in gates)
            await TestJobs.Gate(gate).HasEnteredAsync();

        await host.StopAsync().WaitAsync(Eventually.Limit);

        world.LogCollector.Count(126).ShouldBe(2, "both say that they wait for a shorter time");
        world.LogCollector.Count(6).ShouldBe(2, "both gave their job back");
        world.LogCollector.Count(125).ShouldBe(0, "and had stopped when the host gave up");
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Multiplexer.GetDatabase().SetLengthAsync(world.Rq.KeyPrefix + "workers")).ShouldBe(0);
        Array.ForEach(gates, gate => TestJobs.Gate(gate).Open());
    }

    [Fact]
    public async Task The_host_that_loses_patience_has_its_jobs_given_back()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost host = HostedWorld.Build(world, rq => rq.AddQueue("default").AddWorker());
        await host.StartAsync();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate("host-impatient"));
        await TestJobs.Gate("host-impatient").HasEnteredAsync();

        using var patience = new CancellationTokenSource();
        Task stopping = host.StopAsync(patience.Token);
        await Eventually.BecomesAsync(() => world.LogCollector.Count(5) == 1, "the worker was told to stop");
        stopping.IsCompleted.ShouldBeFalse();
        await patience.CancelAsync();
        await stopping.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Eventually.Limit);

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job was given back");
        TestJobs.Gate("host-impatient").Open();
    }

    [Theory]
    [InlineData(30, 25, 25)]
    [InlineData(30, 3, 3)]
    [InlineData(30, -1, 25)]
    [InlineData(10, 25, 8)]
    [InlineData(4, 25, 3)]
    [InlineData(1, 25, 0.5)]
    [InlineData(-1, 25, 25)]
    [InlineData(-1, -1, -1)]
    public void Some_of_the_hosts_time_is_left_for_storing(double host, double wanted, double shortened) =>
        ShutdownLimit.Shorten(Span(wanted), Span(host)).ShouldBe(Span(shortened));

    [Fact]
    public void A_grace_that_the_host_has_time_for_is_kept_as_it_is()
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost").AddWorker("main", worker => worker.ShutdownGrace = TimeSpan.FromSeconds(7)));
        host.Services.GetRequiredService<IOptionsMonitor<RqWorkerOptions>>().Get("main").ShutdownGrace.ShouldBe(TimeSpan.FromSeconds(7));
    }

    private static TimeSpan Span(double seconds) => seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);
}
