using Microsoft.Extensions.Logging;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>A server that stalls, restarts or is emptied while jobs run.</summary>
public class LostServerTests
{
    [Fact]
    public async Task Nobody_is_taken_for_dead_when_the_server_stalls()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using Site site = await Site.StartAsync(server);

        await using (var other = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true,asyncTimeout=60000,syncTimeout=60000"))
            await other.GetDatabase().ExecuteAsync("DEBUG", "SLEEP", "15");

        await site.FinishesWithoutRecoveryAsync();
    }

    [Fact]
    public async Task CON_7_workers_go_on_and_nobody_is_taken_for_dead_when_the_server_restarts()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using Site site = await Site.StartAsync(server);

        server.Kill();
        // Only time makes the leases run out while there is no server.
        await Eventually.BecomesAsync(() => site.HasNoticedFor(Redis.Transitions.WorkerRecord.LeaseTime), "the workers have noticed for longer than a lease");
        await server.StartAsync();

        await site.FinishesWithoutRecoveryAsync();
    }

    [Fact]
    public async Task A_worker_registers_again_when_the_server_was_emptied()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));
        Job<int> first = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
        await first.WaitForResultAsync(Eventually.Limit);

        await using (var admin = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true"))
            await admin.GetServers().Single().FlushAllDatabasesAsync();
        Job<int> second = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(2, 2));

        (await second.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        (await rq.Database.KeyExistsAsync(rq.Keys.Worker(worker.Name))).ShouldBeTrue();
    }

    [Fact]
    public async Task Waiting_for_a_result_outlives_a_restart_of_the_server()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
        Task<int> waiting = job.WaitForResultAsync(Eventually.Limit);

        server.Kill();
        // Nothing tells when the waiter has noticed; that the shared connection has is close enough.
        await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the connection is lost");
        await server.StartAsync();
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));

        (await waiting).ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_number_of_an_earlier_run_of_the_server_hits_nobody()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using RespConnection stranger = await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), null, CancellationToken.None);
        using var control = new ControlConnection(rq);
        stranger.Number.IsKnown.ShouldBeTrue();

        await control.KillAsync(stranger.Number with { ServerRun = new string('0', 40) });
        stranger.Execute(rq.Call(Script.Load("read"))).Length.ShouldBe(0);

        await control.KillAsync(ConnectionNumber.Parse(stranger.Number.ToString()));
        Should.Throw<IOException>(() => stranger.Execute(rq.Call(Script.Load("read"))));
    }

    /// <summary>Two workers with 20 jobs that wait at gates.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly List<RunningWorker> _workers = [];
        private readonly List<(string Gate, Job<string> Job)> _jobs = [];
        private readonly Microsoft.Extensions.Logging.Testing.FakeLogCollector _log = new();
        private readonly RqConnection _rq;

        private Site(RqConnection rq) => _rq = rq;

        public static async Task<Site> StartAsync(RedisServer server)
        {
            var site = new Site(await RqConnection.ConnectAsync(server.Url()));
            for (int i = 0; i < 2; i++)
            {
                site._workers.Add(new RunningWorker(new Worker(["default"], site._rq, new WorkerOptions
                {
                    Concurrency = 10,
                    Functions = new JobFunctions().AddAssemblyOf<Backend>(),
                    LoggerFactory = LoggerFactory.Create(
                        logging => logging.AddProvider(new Microsoft.Extensions.Logging.Testing.FakeLoggerProvider(site._log))),
                })));
            }

            for (int i = 0; i < 20; i++)
            {
                string gate = Guid.NewGuid().ToString();
                site._jobs.Add((gate, await new Queue("default", site._rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None))));
            }

            foreach ((string gate, _) in site._jobs)
                await TestJobs.Gate(gate).HasEnteredAsync();
            return site;
        }

        public bool HasNoticedFor(TimeSpan time) =>
            _log.GetSnapshot().FirstOrDefault(record => record.Message.Contains("heartbeat failed")) is { } first
            && DateTimeOffset.UtcNow - first.Timestamp > time;

        public async Task FinishesWithoutRecoveryAsync()
        {
            await Eventually.BecomesAsync(AnswersAsync, "the connection is back");
            // A lease lasts for four renewals: whoever would judge wrongly has done so by the sixth.
            foreach (RunningWorker worker in _workers)
                await Transitions.Leases.IsRenewedAsync(_rq, worker.Name, times: 6);
            foreach ((string gate, Job<string> job) in _jobs)
            {
                TestJobs.Gate(gate).Open();
                (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
                (await job.GetResultsAsync()).Count.ShouldBe(1);
                job.Attempts.ShouldBe(0);
            }

            _log.GetSnapshot().ShouldNotContain(record => record.Message.Contains("found dead") || record.Message.Contains("of dead worker"));
        }

        private async Task<bool> AnswersAsync()
        {
            try
            {
                await _rq.Database.PingAsync();
                return true;
            }
            catch (Exception exception) when (exception is StackExchange.Redis.RedisException or TimeoutException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (RunningWorker worker in _workers)
                await worker.DisposeAsync();
            await _rq.DisposeAsync();
        }
    }
}
