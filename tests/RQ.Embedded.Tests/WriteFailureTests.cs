using Shouldly;
using StackExchange.Redis;

namespace RQ.Embedded.Tests;

public sealed class WriteFailureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_that_could_not_write_is_told_of_once_and_opened_anew(bool acknowledgeAfterWrite)
    {
        FullDisk.SkipWhereItCannotBe();
        using var errors = new Errors(_directory.Path);
        var options = new EmbeddedServerOptions { Directory = _directory.Path, AcknowledgeAfterWrite = acknowledgeAfterWrite };
        await using var server = await EmbeddedServer.StartAsync(options, Token);
        var address = server.ConnectionString;
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Client.ConnectAsync(server)));
        await clients[0].GetDatabase().ListRightPushAsync("list", "before");
        await clients[0].GetDatabase().ExecuteAsync("COMMITAOF");

        FullDisk.HappensTo(Log()).ShouldBeGreaterThan(0);
        // Where the disk is not waited for the first few are answered.
        while (!(await Task.WhenAll(clients.Select(client => FailsAsync(() => client.GetDatabase().ListRightPushAsync("list", "lost"))))).Contains(true))
        {
            acknowledgeAfterWrite.ShouldBeFalse();
        }

        foreach (var client in clients)
        {
            await Patience.UntilItWorks(() => client.GetDatabase().ListRightPushAsync("list", "after"));
        }

        await Patience.Until(() => server.IsOwner);
        server.ConnectionString.ShouldBe(address);
        errors.Told.ShouldHaveSingleItem().ShouldContain("could not write to its disk");
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        await server.DisposeAsync();
        await using var again = await EmbeddedServer.StartAsync(options, Token);
        await using var reader = await Client.ConnectAsync(again);
        (await reader.GetDatabase().ListRangeAsync("list")).Where(item => item != "lost").ShouldBe(["before", .. clients.Select(_ => (RedisValue)"after")]);
    }

    [Fact]
    public async Task Server_that_could_not_write_stops_and_leaves_the_directory_free()
    {
        FullDisk.SkipWhereItCannotBe();
        var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var client = await Client.ConnectAsync(server);
        await client.GetDatabase().StringSetAsync("key", "value");

        FullDisk.HappensTo(Log()).ShouldBeGreaterThan(0);
        (await FailsAsync(() => client.GetDatabase().StringSetAsync("key", "lost"))).ShouldBeTrue();
        await server.DisposeAsync().AsTask().WaitAsync(Patience.Limit, Token);

        LoopbackPort.IsFree(server.EndPoint.Port).ShouldBeTrue();
        using (var free = ServerLock.TryTake(_directory.Path))
        {
            free.ShouldNotBeNull();
        }

        await using var again = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var reader = await Client.ConnectAsync(again);
        ((string?)await reader.GetDatabase().StringGetAsync("key")).ShouldBe("value");
    }

    [Fact]
    public async Task Process_that_stands_by_takes_over_from_one_that_could_not_write()
    {
        FullDisk.SkipWhereItCannotBe();
        var server = await EmbeddedServer.StartAsync(_directory.Path, cancellationToken: Token);
        await using var other = await HostProcess.StartAsync(_directory.Path);
        other.Role.ShouldBe("joined");
        await using var client = await Client.ConnectAsync(server);
        await client.GetDatabase().StringSetAsync("key", "value");

        FullDisk.HappensTo(Log()).ShouldBeGreaterThan(0);
        (await FailsAsync(() => client.GetDatabase().StringSetAsync("key", "lost"))).ShouldBeTrue();
        // One of the two has it now.
        ((string?)await Patience.UntilItWorks(() => client.GetDatabase().StringGetAsync("key"))).ShouldBe("value");
        await server.DisposeAsync();
        ((string?)await Patience.UntilItWorks(() => client.GetDatabase().StringGetAsync("key"))).ShouldBe("value");
        await other.LeaveAsync();
    }

    private string Log() => _directory.File(Path.Combine("data", "AOF", "aof.log.0"));

    private static async Task<bool> FailsAsync(Func<Task> write)
    {
        try
        {
            await write();
            return false;
        }
        catch (RedisException)
        {
            return true;
        }
    }
}
