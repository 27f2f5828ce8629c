using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>The connection over which a worker's loop makes its calls.</summary>
public class PipelinedConnectionTests
{
    private static readonly Script s_read = Script.Load("read");

    private static readonly RqConnectionOptions s_impatient = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        Configure = configuration => configuration.SyncTimeout = 1000,
    };

    [Fact]
    public async Task Each_of_many_calls_at_once_gets_its_own_answer()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        for (int i = 0; i < 100; i++)
            await rq.Database.HashSetAsync($"h:{i}", "n", new string('x', i * 100) + i);

        await Parallel.ForAsync(0, 2_000, TestContext.Current.CancellationToken, async (n, _) =>
            (await ReadAsync(calls, rq, $"h:{n % 100}")).ShouldBe(new string('x', n % 100 * 100) + n % 100));

        calls.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Calls_that_are_held_reach_the_server_together_and_in_order()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        await rq.Database.HashSetAsync("h", "n", "1");
        var ended = new List<int>();
        Task[] all;

        using (calls.Hold())
        {
            all = [.. Enumerable.Range(0, 10).Select(async n =>
            {
                await ReadAsync(calls, rq, "h");
                lock (ended)
                    ended.Add(n);
            })];
            // A call over another connection is answered meanwhile, and none of these.
            await rq.ExecuteAsync(Read(rq, "h"));
            all.ShouldAllBe(call => !call.IsCompleted);
        }

        await Task.WhenAll(all).WaitAsync(Eventually.Limit);
        ended.ShouldBe(Enumerable.Range(0, 10));
    }

    [Fact]
    public async Task A_server_that_has_forgotten_the_scripts_is_taught_them_again()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        await rq.Database.HashSetAsync("h", "n", "1");

        await rq.Database.ExecuteAsync("SCRIPT", "FLUSH");
        (await ReadAsync(calls, rq, "h")).ShouldBe("1");

        await OpensAgainAsync(calls, rq);
    }

    [Fact]
    public async Task An_error_of_one_call_is_that_calls_alone()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        using PipelinedConnection calls = await OpenAsync(rq);
        await rq.Database.HashSetAsync("h", "n", "1");
        await rq.Database.StringSetAsync("s", "no hash");

        Task<string?> before = ReadAsync(calls, rq, "h"), wrong = ReadAsync(calls, rq, "s"), after = ReadAsync(calls, rq, "h");

        (await Should.ThrowAsync<RedisServerException>(wrong)).Message.ShouldContain("WRONGTYPE");
        ((await before), (await after)).ShouldBe(("1", "1"));
        calls.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task Of_a_connection_that_breaks_nobody_waits_for_an_answer_and_it_opens_again()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        using PipelinedConnection calls = await OpenAsync(rq);
        await rq.Database.HashSetAsync("h", "n", "1");
        proxy.DropAnswers();
        Task<string?> lost = ReadAsync(calls, rq, "h");

        proxy.Reset();

        await Should.ThrowAsync<IOException>(() => lost.WaitAsync(Eventually.Limit));
        await OpensAgainAsync(calls, rq);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_given_up_and_the_server_closes_that_connection()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        await using ClientList clients = await ClientList.ConnectAsync(server);
        using PipelinedConnection calls = await OpenAsync(rq);
        string number = (await clients.ReadAsync()).Single(client => client.Name == "calls").Id;
        proxy.Silence();

        Exception exception = await Should.ThrowAsync<IOException>(() => ReadAsync(calls, rq, "h").WaitAsync(Eventually.Limit));

        ConnectionLoss.Is(exception).ShouldBeTrue();
        (await clients.ReadAsync()).ShouldNotContain(client => client.Id == number);
    }

    [Fact]
    public async Task While_it_cannot_be_opened_calls_go_over_the_shared_connection()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        await rq.Database.HashSetAsync("h", "n", "1");
        using var calls = new PipelinedConnection(rq, "calls", [s_read]);
        proxy.Stall();

        await calls.OpenAsync();

        calls.IsOpen.ShouldBeFalse();
        using (calls.Hold())
            (await ReadAsync(calls, rq, "h")).ShouldBe("1");
        proxy.Resume();
        await OpensAgainAsync(calls, rq);
    }

    [Fact]
    public async Task A_worker_settles_and_takes_over_it_and_closes_it_at_its_end()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using ClientList clients = await ClientList.ConnectAsync(server);
        var queue = new Queue("default", rq);
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Name = "w", Functions = new JobFunctions().AddAssemblyOf<Backend>() }));

        foreach (Job job in await queue.EnqueueManyAsync(Enumerable.Range(0, 20).Select(n => JobCall.To("RQ.TestSupport.TestJobs.Add", n, 1))))
            await job.WaitForResultAsync(Eventually.Limit);

        (await clients.ReadAsync()).Single(client => client.Name == "w-calls").Command.ShouldBe("evalsha");
        await worker.StopAsync();
        await Eventually.BecomesAsync(async () => !(await clients.ReadAsync()).Any(client => client.Name == "w-calls"), "it is closed");
    }

    private static async Task<PipelinedConnection> OpenAsync(RqConnection rq)
    {
        var calls = new PipelinedConnection(rq, "calls", [s_read]);
        await calls.OpenAsync();
        calls.IsOpen.ShouldBeTrue();
        return calls;
    }

    private static Task OpensAgainAsync(PipelinedConnection calls, RqConnection rq) => Eventually.BecomesAsync(
        async () =>
        {
            try
            {
                return await ReadAsync(calls, rq, "h") == "1" && calls.IsOpen;
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                return false;
            }
        },
        "calls go over it again");

    private static ScriptCall Read(RqConnection rq, string key)
    {
        ScriptCall call = rq.Call(s_read);
        call.Keys.Add(key);
        return call;
    }

    private static async Task<string?> ReadAsync(PipelinedConnection calls, RqConnection rq, string key)
    {
        RedisResult[] hashes = (RedisResult[])(await calls.ExecuteAsync(Read(rq, key)))!;
        return hashes[0].Length > 1 ? (string?)hashes[0][1] : null;
    }
}
