using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.Connections;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>An idle worker with free slots waits on after a job has come: the pops on its other queues are not interrupted for it.</summary>
public class WaitingOnTests
{
    private static readonly string[] s_queues = ["a", "b", "c"];

    [Fact]
    public async Task A_job_on_one_queue_interrupts_no_wait_on_another()
    {
        await using Site site = await Site.StartAsync();
        (long pops, long unblocks) before = await site.CountAsync();

        for (int i = 0; i < 30; i++)
            await site.RunsOnAsync(s_queues[i % 3]);
        for (int i = 0; i < 10; i++)
            await site.RunsOnAsync("b");

        string[] waits = await site.IdleAsync();
        waits.ShouldBe(site.Waits, ignoreOrder: true);
        // Each pop that has brought a job, those whose 20 seconds were over on a slow machine, and none that was let go.
        (long pops, long unblocks) after = await site.CountAsync();
        (after.pops >= before.pops + 40, after.unblocks).ShouldBe((true, before.unblocks));
    }

    [Fact]
    public async Task Nor_does_a_job_that_ends_or_one_that_runs_on()
    {
        await using Site site = await Site.StartAsync();
        (long pops, long unblocks) before = await site.CountAsync();
        string gate = Guid.NewGuid().ToString();
        Job<string> runsOn = await site.Queue("a").EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        await TestJobs.Gate(gate).HasEnteredAsync();

        foreach (string queue in s_queues)
            await site.RunsOnAsync(queue);
        TestJobs.Gate(gate).Open();
        (await runsOn.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
        await site.RunsOnAsync("c");

        (await site.IdleAsync()).ShouldBe(site.Waits, ignoreOrder: true);
        (long pops, long unblocks) after = await site.CountAsync();
        (after.pops >= before.pops + 5, after.unblocks).ShouldBe((true, before.unblocks));
    }

    [Fact]
    public async Task With_its_last_slot_taken_it_takes_nothing_and_then_waits_again()
    {
        await using Site site = await Site.StartAsync();
        string[] gates = [.. Enumerable.Range(0, Site.Slots).Select(_ => Guid.NewGuid().ToString())];
        for (int i = 0; i < gates.Length; i++)
        {
            string gate = gates[i];
            await site.Queue(s_queues[i % 3]).EnqueueAsync(() => TestJobs.BlockAtGate(gate));
            await TestJobs.Gate(gate).HasEnteredAsync();
        }

        await site.Clients.IdleAsync(0);
        Job<int> next = await site.Queue("c").EnqueueAsync(() => TestJobs.Add(1, 1));
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        foreach (string gate in gates)
            TestJobs.Gate(gate).Open();

        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await site.IdleAsync()).ShouldBe(site.Waits, ignoreOrder: true);
        foreach (string queue in s_queues)
            await site.RunsOnAsync(queue);
    }

    [Fact]
    public async Task Jobs_on_all_queues_at_once_run_each_once()
    {
        await using Site site = await Site.StartAsync();
        string key = Guid.NewGuid().ToString();
        for (int round = 0; round < 20; round++)
        {
            Job[] jobs = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => site.Queue(s_queues[i % 3]).EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.CountRun", $"{key}-{round}-{i}"))));
            foreach (Job job in jobs)
                await job.WaitForResultAsync(Eventually.Limit);
            Enumerable.Range(0, 30).ShouldAllBe(i => TestJobs.Runs($"{key}-{round}-{i}") == 1);
        }

        await site.IdleAsync();
    }

    [Fact]
    public async Task A_queue_that_is_paused_meanwhile_is_left_alone_until_it_goes_on()
    {
        await using Site site = await Site.StartAsync();
        await site.RunsOnAsync("a");
        await site.Queue("b").PauseAsync();

        Job<int> waits = await site.Queue("b").EnqueueAsync(() => TestJobs.Add(2, 2));
        for (int i = 0; i < 5; i++)
        {
            await site.RunsOnAsync("a");
            await site.RunsOnAsync("c");
        }

        await Eventually.BecomesAsync(async () => (await site.Queue("b").GetJobIdsAsync()) is [var id] && id == waits.Id, "the job is back on its queue, if it was popped");
        (await waits.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await site.Queue("b").ResumeAsync();

        (await waits.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        await site.RunsOnEachAsync();
    }

    [Fact]
    public async Task When_all_are_suspended_meanwhile_it_takes_nothing_until_they_go_on()
    {
        await using Site site = await Site.StartAsync();
        await site.RunsOnAsync("a");
        await Worker.SuspendAllAsync(site.Rq);

        var waiting = new List<Job<int>>();
        foreach (string queue in s_queues)
            waiting.Add(await site.Queue(queue).EnqueueAsync(() => TestJobs.Add(3, 3)));
        await Eventually.BecomesAsync(() => site.HasLogged("suspended, waiting for resume"), "the worker is suspended");
        foreach (Job<int> job in waiting)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await Worker.ResumeAllAsync(site.Rq);

        foreach (Job<int> job in waiting)
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(6);
        await site.RunsOnEachAsync();
    }

    [Fact]
    public async Task When_its_registration_is_gone_meanwhile_it_registers_and_runs_the_job_that_woke_it()
    {
        await using Site site = await Site.StartAsync();
        await site.RunsOnAsync("a");
        await site.Rq.Database.KeyDeleteAsync([site.Rq.Keys.Worker(site.Worker.Name), site.Rq.Keys.Leases, site.Rq.Keys.LeaseOwners]);

        Job<int> job = await site.Queue("b").EnqueueAsync(() => TestJobs.Add(4, 4));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(8);
        (await site.Rq.Database.HashExistsAsync(site.Rq.Keys.Worker(site.Worker.Name), "birth")).ShouldBeTrue();
        await site.RunsOnEachAsync();
    }

    /// <summary>A server of its own and a worker that is idle on three queues.</summary>
    private sealed class Site : IAsyncDisposable
    {
        public const int Slots = 4;

        private readonly RedisServer _server;
        private readonly FakeLogCollector _log = new();

        private Site(RedisServer server, RqConnection rq, ClientList clients)
        {
            _server = server;
            Rq = rq;
            Clients = clients;
            Worker = OutageTests.StartWorker(rq, s_queues, options =>
            {
                options.Concurrency = Slots;
                options.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log)));
            });
        }

        public RqConnection Rq { get; }

        public ClientList Clients { get; }

        public RunningWorker Worker { get; }

        /// <summary>The connections on which it waited at first.</summary>
        public string[] Waits { get; private set; } = [];

        public static async Task<Site> StartAsync()
        {
            RedisServer server = await RedisServer.StartAsync();
            var site = new Site(server, await RqConnection.ConnectAsync(server.Url()), await ClientList.ConnectAsync(server));
            site.Waits = await site.IdleAsync();
            return site;
        }

        public Queue Queue(string name) => new(name, Rq);

        public bool HasLogged(string text) => _log.GetSnapshot().Any(record => record.Message.Contains(text));

        public async Task RunsOnAsync(string queue)
        {
            Job<int> job = await Queue(queue).EnqueueAsync(() => TestJobs.Add(20, 22));
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42, queue);
        }

        /// <summary>It is as it was: idle on all queues, and each brings a job.</summary>
        public async Task RunsOnEachAsync()
        {
            await IdleAsync();
            foreach (string queue in s_queues)
                await RunsOnAsync(queue);
            await IdleAsync();
        }

        /// <summary>Waits until it waits on all queues, and all that it had to settle is settled.</summary>
        public async Task<string[]> IdleAsync()
        {
            await Eventually.BecomesAsync(async () => await Rq.Database.SetLengthAsync(Rq.Keys.WorkerExecutions(Worker.Name)) == 0, "nothing runs");
            return [.. (await Clients.IdleAsync(3)).Select(client => client.Id)];
        }

        /// <summary>How often the server was asked for a pop, and how often to let one go.</summary>
        public async Task<(long Pops, long Unblocks)> CountAsync()
        {
            string[] lines = ((string)(await Clients.Database.ExecuteAsync("INFO", "commandstats"))!).Split('\n');
            return (Calls("blmove"), Calls("client|unblock"));

            long Calls(string command) => lines.FirstOrDefault(line => line.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal)) is { } line
                ? long.Parse(line.Split("calls=")[1].Split(',')[0])
                : 0;
        }

        public async ValueTask DisposeAsync()
        {
            await Worker.DisposeAsync();
            await Clients.DisposeAsync();
            await Rq.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
