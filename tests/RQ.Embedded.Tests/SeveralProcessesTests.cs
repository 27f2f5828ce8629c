using Shouldly;
using StackExchange.Redis;

namespace RQ.Embedded.Tests;

public sealed class SeveralProcessesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Data_written_through_one_process_is_there_in_the_next()
    {
        await using (var first = await HostProcess.StartAsync(_directory.Path))
        {
            first.Role.ShouldBe("owner");
            await using var client = await Client.ConnectAsync(first.ConnectionString);
            await client.GetDatabase().ListRightPushAsync("list", ["a", "b"]);
            await first.LeaveAsync();
        }

        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        server.IsOwner.ShouldBeTrue();
        await using var reader = await Client.ConnectAsync(server);
        (await reader.GetDatabase().ListRangeAsync("list")).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Second_process_joins_the_first()
    {
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var other = await HostProcess.StartAsync(_directory.Path);
        other.Role.ShouldBe("joined");
        other.ConnectionString.ShouldBe(server.ConnectionString);
        await other.LeaveAsync();

        // Its leaving does not touch the server.
        await using var client = await Client.ConnectAsync(server);
        await client.GetDatabase().PingAsync();
    }

    [Fact]
    public async Task Joined_process_takes_over_when_the_owner_leaves()
    {
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        server.IsOwner.ShouldBeFalse();
        await using var client = await Client.ConnectAsync(server);
        await client.GetDatabase().StringSetAsync("key", "value");

        await owner.LeaveAsync();

        ((string?)await Patience.UntilItWorks(() => client.GetDatabase().StringGetAsync("key"))).ShouldBe("value");
        server.ConnectionString.ShouldBe(owner.ConnectionString);
        await Patience.Until(() => server.IsOwner);
    }

    [Fact]
    public async Task Killed_owner_is_succeeded_on_the_same_port_with_everything_acknowledged()
    {
        await using var owner = await HostProcess.StartAsync(_directory.Path);
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var bystander = await HostProcess.StartAsync(_directory.Path);
        bystander.Role.ShouldBe("joined");

        var acknowledged = new long[6];
        var enough = new TaskCompletionSource();
        var clients = await Task.WhenAll(acknowledged.Select(_ => Client.ConnectAsync(server)));
        var writers = clients.Select((client, writer) => Task.Run(async () =>
        {
            const string Write = "redis.call('RPUSH', KEYS[1], ARGV[1]); redis.call('HSET', KEYS[2], ARGV[1], '1'); return redis.call('LLEN', KEYS[1])";
            try
            {
                for (var i = 1; ; i++)
                {
                    await client.GetDatabase().ScriptEvaluateAsync(Write, [$"list{writer}", $"hash{writer}"], [i]);
                    acknowledged[writer] = i;
                    if (i == 100)
                    {
                        enough.TrySetResult();
                    }
                }
            }
            catch (RedisException)
            {
            }
        })).ToArray();
        await enough.Task.WaitAsync(Patience.Limit, Token);
        await owner.KillAsync();
        await Task.WhenAll(writers).WaitAsync(Patience.Limit, Token);

        // The same clients go on, at the same address, whichever of the two took over.
        for (var writer = 0; writer < clients.Length; writer++)
        {
            var database = clients[writer].GetDatabase();
            (await Patience.UntilItWorks(() => database.ListLengthAsync($"list{writer}"))).ShouldBeGreaterThanOrEqualTo(acknowledged[writer]);
            (await Patience.UntilItWorks(() => database.HashLengthAsync($"hash{writer}"))).ShouldBeGreaterThanOrEqualTo(acknowledged[writer]);
        }

        server.ConnectionString.ShouldBe(owner.ConnectionString);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Server_outlives_one_owner_after_another()
    {
        await using var server = await HostProcess.StartAsync(_directory.Path);
        await using var client = await Client.ConnectAsync(server.ConnectionString);
        var owner = server;
        for (var generation = 1; generation <= 3; generation++)
        {
            var next = await HostProcess.StartAsync(_directory.Path);
            next.Role.ShouldBe("joined");
            await client.GetDatabase().StringIncrementAsync("generation");
            await owner.KillAsync();
            (await Patience.UntilItWorks(() => client.GetDatabase().StringGetAsync("generation"))).ShouldBe(generation);
            await owner.DisposeAsync();
            owner = next;
        }

        await owner.DisposeAsync();
    }

    [Fact]
    public async Task Lock_of_a_killed_process_is_free_although_its_files_remain()
    {
        await using (var owner = await HostProcess.StartAsync(_directory.Path))
        {
            await owner.KillAsync();
        }

        File.Exists(_directory.File("rq.lock")).ShouldBeTrue();
        await using var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        server.IsOwner.ShouldBeTrue();
    }

    [Fact]
    public async Task Server_writes_nothing_to_the_console()
    {
        // LeaveAsync reads all that the process wrote after its first line.
        await using var host = await HostProcess.StartAsync(_directory.Path);
        await using var client = await Client.ConnectAsync(host.ConnectionString);
        await Should.ThrowAsync<RedisServerException>(() => client.GetDatabase().ScriptEvaluateAsync("return nonsense("));
        await client.GetDatabase().ExecuteAsync("SAVE");
        await host.LeaveAsync();
    }
}
