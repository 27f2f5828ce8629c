using System.Net;
using System.Net.Sockets;
using RQ.Redis;
using Shouldly;
using StackExchange.Redis;

namespace RQ.Embedded.Tests;

public sealed class EmbeddedServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_server_answers_on_loopback_and_stops()
    {
        var server = await EmbeddedServer.StartAsync(cancellationToken: Token);
        server.EndPoint.Address.ShouldBe(IPAddress.Loopback);
        server.IsOwner.ShouldBeTrue();
        server.Directory.ShouldBeNull();
        await using (var client = await Client.ConnectAsync(server))
        {
            await client.GetDatabase().StringSetAsync("key", "value");
            ((string?)await client.GetDatabase().StringGetAsync("key")).ShouldBe("value");
        }

        await server.DisposeAsync();
        await server.DisposeAsync();
        LoopbackPort.IsFree(server.EndPoint.Port).ShouldBeTrue();
    }

    [Fact]
    public async Task Core_finds_the_launcher_by_name()
    {
        var type = Type.GetType("RQ.Embedded.EmbeddedServerLauncher, RQ.Embedded").ShouldNotBeNull();
        var launcher = (IEmbeddedServerLauncher)Activator.CreateInstance(type)!;
        await using var server = await launcher.StartAsync(null, Token);
        server.EndPoint.ShouldBeOfType<IPEndPoint>().Port.ShouldBeGreaterThan(0);
        server.Password.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Server_refuses_clients_without_the_password()
    {
        await using var server = await EmbeddedServer.StartAsync(cancellationToken: Token);
        var anonymous = new ConfigurationOptions { EndPoints = { server.EndPoint }, AbortOnConnectFail = false };
        await using var client = await ConnectionMultiplexer.ConnectAsync(anonymous);
        await Should.ThrowAsync<RedisException>(() => client.GetDatabase().StringSetAsync("key", "value"));
    }

    [Fact]
    public async Task Url_and_connection_string_carry_the_password_asked_for()
    {
        await using var open = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { Password = "" }, Token);
        open.Password.ShouldBeNull();
        open.Url.ShouldBe($"redis://127.0.0.1:{open.EndPoint.Port}");
        await using var client = await Client.ConnectAsync(open);
        await client.GetDatabase().PingAsync();

        await using var closed = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { Password = "geheim/1" }, Token);
        closed.Url.ShouldBe($"redis://:geheim%2F1@127.0.0.1:{closed.EndPoint.Port}");
        await using var other = await Client.ConnectAsync(closed);
        await other.GetDatabase().PingAsync();
    }

    [Fact]
    public async Task Memory_servers_do_not_share_data()
    {
        await using var one = await EmbeddedServer.StartAsync(cancellationToken: Token);
        await using var two = await EmbeddedServer.StartAsync(cancellationToken: Token);
        two.EndPoint.Port.ShouldNotBe(one.EndPoint.Port);
        await using var oneClient = await Client.ConnectAsync(one);
        await using var twoClient = await Client.ConnectAsync(two);
        await oneClient.GetDatabase().StringSetAsync("key", "value");
        (await twoClient.GetDatabase().KeyExistsAsync("key")).ShouldBeFalse();
    }

    [Fact]
    public async Task Wished_port_is_used()
    {
        var port = LoopbackPort.FindFree();
        await using var server = await EmbeddedServer.StartAsync(port: port, cancellationToken: Token);
        server.EndPoint.Port.ShouldBe(port);
    }

    [Fact]
    public async Task Taken_port_is_refused_with_the_way_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var error = await Should.ThrowAsync<IOException>(() => EmbeddedServer.StartAsync(port: port, cancellationToken: Token));
        error.Message.ShouldContain($"Port {port}");
        error.Message.ShouldContain("another port");
    }

    [Fact]
    public async Task Scripts_are_atomic_over_declared_keys()
    {
        await using var server = await EmbeddedServer.StartAsync(cancellationToken: Token);
        const string Increment = "local v = tonumber(redis.call('GET', KEYS[1]) or '0'); redis.call('SET', KEYS[1], v + 1); return v + 1";
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var client = await Client.ConnectAsync(server);
            for (var i = 0; i < 500; i++)
            {
                await client.GetDatabase().ScriptEvaluateAsync(Increment, ["counter"]);
            }
        }));
        await using var reader = await Client.ConnectAsync(server);
        ((int)await reader.GetDatabase().StringGetAsync("counter")).ShouldBe(4000);
    }

    [Fact]
    public async Task Server_stops_while_a_client_waits_in_a_blocking_command()
    {
        var server = await EmbeddedServer.StartAsync(cancellationToken: Token);
        await using var client = await Client.ConnectAsync(server);
        var id = (long)await client.GetDatabase().ExecuteAsync("CLIENT", "ID");
        var waiting = client.GetDatabase().ExecuteAsync("BLMOVE", "queue", "claims", "LEFT", "RIGHT", "0");
        await using (var watcher = await Client.ConnectAsync(server))
        {
            // Blocked is what can be unblocked: so it is once it waits again after that.
            await Patience.UntilItWorks(async () =>
            {
                while ((long)await watcher.GetDatabase().ExecuteAsync("CLIENT", "UNBLOCK", id) == 0)
                {
                    Token.ThrowIfCancellationRequested();
                }

                return true;
            });
        }

        (await waiting).IsNull.ShouldBeTrue();
        waiting = client.GetDatabase().ExecuteAsync("BLMOVE", "queue", "claims", "LEFT", "RIGHT", "0");
        await server.DisposeAsync().AsTask().WaitAsync(Patience.Limit, Token);
        // It may still be told that nothing came.
        try
        {
            (await waiting.WaitAsync(Patience.Limit, Token)).IsNull.ShouldBeTrue();
        }
        catch (RedisException)
        {
        }
    }

    [Fact]
    public async Task Server_stops_although_a_script_inside_a_transaction_hangs_it()
    {
        var server = await EmbeddedServer.StartAsync(cancellationToken: Token);
        await using var client = await Client.ConnectAsync(server);
        var transaction = client.GetDatabase().CreateTransaction();
        _ = transaction.ScriptEvaluateAsync("return redis.call('GET', KEYS[1])", ["key"]);
        var stuck = transaction.ExecuteAsync();

        await server.DisposeAsync().AsTask().WaitAsync(Patience.Limit, Token);
        await Should.ThrowAsync<RedisException>(() => stuck);
    }
}
