using System.Net;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>How a connection of one's own is made: to which of several addresses, and what is said when it cannot be.</summary>
public class AddressTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Of_a_host_with_several_addresses_each_is_tried()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        // The server listens on the last one alone, as with 'bind 127.0.0.1' and a host whose first address is of the other family.
        RespEndpoint endpoint = new(new DnsEndPoint("shop", server.Port), null, null, 0)
        {
            Resolve = host => host == "shop" ? [IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback] : [],
        };

        using RespConnection connection = RespConnection.Connect(endpoint, "mine", s_patience);

        connection.Write("CLIENT", "GETNAME");
        connection.Flush();
        ((string?)connection.Receive()).ShouldBe("mine");
        connection.Address.ShouldBe(endpoint.Address);
    }

    [Fact]
    public void When_none_of_them_answers_the_last_reason_is_told()
    {
        int port = RedisServer.FreePort();
        RespEndpoint endpoint = new(new DnsEndPoint("shop", port), null, null, 0) { Resolve = _ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback] };

        Should.Throw<IOException>(() => RespConnection.Connect(endpoint, null, s_patience)).Message.ShouldContain("refused");
        Should.Throw<IOException>(() => RespConnection.Connect(endpoint with { Resolve = _ => [] }, null, s_patience)).Message.ShouldContain($"Cannot connect to Redis at Unspecified/shop:{port}");
    }

    [Fact]
    public async Task A_server_that_has_no_room_for_another_client_is_heard()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        RedisCluster.Ask(server, "CONFIG", "SET", "maxclients", 1);
        RespEndpoint endpoint = new(new IPEndPoint(IPAddress.Loopback, server.Port), null, null, 0);
        // The one that has asked for it may not be gone yet.
        using RespConnection first = await Eventually.GivesAsync(
            () =>
            {
                try
                {
                    return Task.FromResult<RespConnection?>(RespConnection.Connect(endpoint, null, s_patience));
                }
                catch (IOException)
                {
                    return Task.FromResult<RespConnection?>(null);
                }
            },
            "there is room for one");

        IOException refusal = Should.Throw<IOException>(() => RespConnection.Connect(endpoint, null, s_patience));

        refusal.Message.ShouldContain("max number of clients reached");
    }

    [Fact]
    public async Task A_connection_that_nobody_waits_for_any_more_is_closed()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ClientList clients = await ClientList.ConnectAsync(server);
        server.Freeze();
        using var impatience = new CancellationTokenSource();
        Task<RqConnection> connecting = RqConnection.ConnectAsync(
            server.Url(), new RqConnectionOptions { Configure = redis => redis.ClientName = "abandoned" }, impatience.Token);

        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => connecting.WaitAsync(Eventually.Limit));
        server.Thaw();

        await Eventually.BecomesAsync(async () => !(await clients.ReadAsync()).Any(client => client.Name == "abandoned"), "it is gone");
    }
}
