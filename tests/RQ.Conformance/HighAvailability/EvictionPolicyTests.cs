using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A Redis that throws keys away when its memory is full is no place for jobs.</summary>
public sealed class EvictionPolicyTests
{
    [Theory]
    [InlineData("allkeys-lru", "any key (maxmemory-policy allkeys-lru), and with it jobs that wait")]
    [InlineData("allkeys-random", "any key (maxmemory-policy allkeys-random), and with it jobs that wait")]
    [InlineData("volatile-lru", "keys that have a time to live (maxmemory-policy volatile-lru)")]
    [InlineData("volatile-ttl", "keys that have a time to live (maxmemory-policy volatile-ttl)")]
    public async Task S127_a_worker_warns_once_of_a_server_that_throws_keys_away(string policy, string text)
    {
        await using RedisServer server = await RedisServer.StartAsync("--maxmemory-policy", policy);
        FakeLogRecord[] warnings = await WarningsAsync(server.Url());
        warnings.ShouldHaveSingleItem().Message.ShouldContain(text);
        warnings[0].Message.ShouldContain("Set maxmemory-policy to noeviction");
    }

    [Theory]
    [InlineData("--maxmemory-policy", "noeviction")]
    [InlineData("--rename-command", "INFO", "")]
    [InlineData("--rename-command", "CONFIG", "")]
    public async Task S127_nothing_is_said_of_one_that_keeps_them_or_does_not_tell(params string[] options)
    {
        await using RedisServer server = await RedisServer.StartAsync(options);
        (await WarningsAsync(server.Url())).ShouldBeEmpty();
    }

    [Fact]
    public async Task S127_nothing_is_said_to_a_user_who_may_not_ask()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-info", "-config", "--maxmemory-policy", "allkeys-lru");
        (await WarningsAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0")).ShouldBeEmpty();
    }

    private static async Task<FakeLogRecord[]> WarningsAsync(string url)
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(url);
        var log = new FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, log: log);
        (await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        await worker.StopAsync();
        return [.. log.GetSnapshot().Where(record => record.IsWarning())];
    }
}
