using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>The worker's own connections with replies and calls of megabytes.</summary>
public class LargeReplyTests
{
    private const int Mebi = 1024 * 1024;

    private static readonly Script s_read = Script.Load("read");

    [Fact]
    public async Task A_connection_takes_large_replies_and_lets_go_of_the_room_for_them()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using RespConnection connection = RespConnection.Connect(rq.PrimaryEndpoint(), null, Eventually.Limit);
        (int output, int input) = connection.Capacity;

        foreach (int size in new[] { 1, 2 * Mebi, 17, 40 * Mebi, 1 })
        {
            byte[] bytes = Noise(size);
            connection.Write("SET", "k", bytes);
            connection.Flush();
            connection.Receive().ToString().ShouldBe("OK");
            connection.Write("GET", "k");
            connection.Write("ECHO", "small");
            connection.Flush();
            ((byte[]?)connection.Receive()).ShouldBe(bytes);
            connection.Receive().ToString().ShouldBe("small");
            connection.Write("PING");
            connection.Flush();
            connection.Receive().ToString().ShouldBe("PONG");
            connection.Capacity.Output.ShouldBeLessThanOrEqualTo(Math.Max(output, Mebi));
            connection.Capacity.Input.ShouldBeLessThanOrEqualTo(Math.Max(input, Mebi));
        }
    }

    [Fact]
    public async Task Of_many_calls_with_large_and_small_replies_each_gets_its_own()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        int[] sizes = [1, 3 * Mebi, 100, Mebi, 5 * Mebi, 0];
        for (int i = 0; i < sizes.Length; i++)
            await rq.Database.HashSetAsync($"h:{i}", "n", Noise(sizes[i]));

        await Parallel.ForAsync(0, 60, TestContext.Current.CancellationToken, async (n, _) =>
        {
            int i = n % sizes.Length;
            RedisResult[] hashes = (RedisResult[])(await calls.ExecuteAsync(Read(rq, $"h:{i}")))!;
            ((byte[]?)hashes[0][1]).ShouldBe(Noise(sizes[i]));
        });

        calls.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Held_calls_of_more_than_a_megabyte_are_sent_before_they_are_released()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        string key = new('k', Mebi / 4);
        await rq.Database.HashSetAsync(key, "n", "1");

        using (calls.Hold())
        {
            Task<RedisResult>[] large = [.. Enumerable.Range(0, 10).Select(_ => calls.ExecuteAsync(Read(rq, key)))];
            // Four of them are a megabyte, and so are the next four.
            await Task.WhenAll(large[..8]).WaitAsync(Eventually.Limit);
            large[9].IsCompleted.ShouldBeFalse();
        }

        (await ReadAsync(calls, rq, key)).ShouldBe("1");
    }

    private static async Task<PipelinedConnection> OpenAsync(RqConnection rq)
    {
        var calls = new PipelinedConnection(rq, "calls", [s_read]);
        await calls.OpenAsync();
        calls.IsOpen.ShouldBeTrue();
        return calls;
    }

    private static ScriptCall Read(RqConnection rq, string key)
    {
        ScriptCall call = rq.Call(s_read);
        call.Keys.Add(key);
        return call;
    }

    private static async Task<string?> ReadAsync(PipelinedConnection calls, RqConnection rq, string key) =>
        (string?)((RedisResult[])(await calls.ExecuteAsync(Read(rq, key)))!)[0][1];

    private static byte[] Noise(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
