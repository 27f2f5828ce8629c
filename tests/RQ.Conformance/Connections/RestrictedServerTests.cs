using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>Servers of today whose provider forbids commands, and servers of yesterday.</summary>
public class RestrictedServerTests
{
    [Fact]
    public async Task S131_a_worker_works_where_client_config_script_and_info_are_forbidden()
    {
        await using RedisServer server = await RedisServer.StartAsync(
            "--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-client", "-config", "-script", "-info");
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
        await using ClientList admin = await ClientList.ConnectAsync(server);
        var log = new FakeLogCollector();
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["default"], options =>
            options.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))));
        for (int i = 0; i < 3; i++)
        {
            await admin.IdleAsync(1);
            // Nobody else has taught the server the scripts that this user must not load.
            await admin.Database.ExecuteAsync("SCRIPT", "FLUSH");
            Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }

        await Transitions.Leases.IsRenewedAsync(rq, worker.Name, times: 2);
        log.GetSnapshot().ShouldNotContain(record => record.IsWarning());

        // It cannot end its own wait, which would take up to 20 s.
        Task<long> stopping = worker.StopAsync();
        await Eventually.BecomesAsync(
            async () =>
            {
                foreach (ClientList.Client wait in await admin.WaitsAsync())
                    await admin.Database.ExecuteAsync("CLIENT", "KILL", "ID", wait.Id);
                return stopping.IsCompleted;
            },
            "it stops");
        (await stopping).ShouldBe(3);
    }

    [Fact]
    public async Task S131_where_a_wait_cannot_be_ended_it_is_short()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-client|unblock");
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
        await using ClientList admin = await ClientList.ConnectAsync(server);
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["default"]);

        // Of waits of 20 s there would be three.
        await Eventually.BecomesAsync(
            async () => Regex.Match((string)(await admin.Database.ExecuteAsync("INFO", "commandstats"))!, @"cmdstat_blmove:calls=(\d+)") is { Success: true } calls
                && int.Parse(calls.Groups[1].Value, CultureInfo.InvariantCulture) > 5,
            "it waits again and again");

        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await worker.StopAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task S131_a_user_who_may_not_wait_for_jobs_is_told_at_the_start()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-blmove");
        // Producers need not be allowed to.
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
        await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing());

        RqException refusal = await Should.ThrowAsync<RqException>(() => new Worker(["default"], rq).RunAsync());
        refusal.Message.ShouldBe("The server does not let this user call BLMOVE. RQ cannot work without: allow it, for example by ACL SETUSER … +blmove.");
    }

    [Fact]
    public async Task S131_a_server_that_is_too_old_is_refused_with_the_version_that_it_has_and_the_one_that_is_needed()
    {
        await using RedisServer server = await RedisServer.StartAsync("--rename-command", "BLMOVE", "");
        RqException refusal = await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync(server.Url()));
        refusal.Message.ShouldMatch(@"^The server, which calls itself Redis \d+\.\d+\.\d+, lacks EVALSHA or BLMOVE\. RQ needs Redis 6\.2,");

        InvalidOperationException ended = await Should.ThrowAsync<InvalidOperationException>(() => WorkerProcess.StartAsync(server.Url()));
        ended.Message.ShouldContain("RQ needs Redis 6.2");
    }
}
