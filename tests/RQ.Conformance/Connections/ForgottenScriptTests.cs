using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Connections;

public class ForgottenScriptTests
{
    [Fact]
    public async Task S130_scripts_that_the_server_keeps_forgetting_are_sent_again_and_nobody_sees_an_error()
    {
        const int Producers = 4, Each = 400;
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using ClientList admin = await ClientList.ConnectAsync(server);
        var log = new FakeLogCollector();
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["default"], options =>
        {
            options.Concurrency = 8;
            options.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log)));
        });
        var queue = new Queue("default", rq);

        using var over = new CancellationTokenSource();
        int flushes = 0;
        Task flushing = Task.Run(async () =>
        {
            for (; !over.IsCancellationRequested; flushes++)
                await admin.Database.ExecuteAsync("SCRIPT", "FLUSH");
        });
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
                await queue.EnqueueAsync(() => TestJobs.Nothing());
        })));
        await Eventually.BecomesAsync(async () => await queue.Finished.CountAsync() == Producers * Each, "all have run");
        await over.CancelAsync();
        await flushing;

        flushes.ShouldBeGreaterThan(100);
        log.GetSnapshot().Where(record => record.IsWarning()).Select(record => record.ToString()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("-evalsha", "EVALSHA")]
    [InlineData("-eval", "EVAL")]
    public async Task S130_a_server_that_refuses_scripts_is_refused_with_what_to_do(string rule, string command)
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", rule);
        RqException refusal = await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0"));
        refusal.Message.ShouldStartWith($"The server does not let this user call {command}. RQ cannot work without: allow it");
    }
}
