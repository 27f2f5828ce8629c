using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Connections;

/// <summary>Looks at a server past everything that stands between it and the worker, and administers it.</summary>
internal sealed class ClientList : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;

    private ClientList(ConnectionMultiplexer connection) => _connection = connection;

    public IDatabase Database => _connection.GetDatabase();

    public static Task<ClientList> ConnectAsync(RedisServer server) => ConnectAsync($"127.0.0.1:{server.Port}");

    public static Task<ClientList> ConnectAsync(RqConnection rq) => ConnectAsync(rq.Multiplexer.Configuration);

    private static async Task<ClientList> ConnectAsync(string address) => new(await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true,name=observer"));

    /// <summary>The connections on which somebody waits for a job.</summary>
    public async Task<Client[]> WaitsAsync() => [.. (await ReadAsync()).Where(client => client is { Command: "blmove", IsBlocked: true })];

    public async Task<Client[]> ReadAsync() =>
        [.. ((string)(await Database.ExecuteAsync("CLIENT", "LIST"))!).Split('\n').Where(line => line.Contains("id=")).Select(Read)];

    /// <summary>Waits until a worker waits on so many queues.</summary>
    public Task<Client[]> IdleAsync(int queues, Func<Client, bool>? condition = null) => Eventually.GivesAsync(
        async () => await WaitsAsync() is { } waits && waits.Length == queues && waits.All(condition ?? (_ => true)) ? waits : null, $"a worker waits on {queues} queues");

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static Client Read(string line)
    {
        // The protocol puts a mark of the text's kind in front of the first one.
        var fields = line[line.IndexOf("id=", StringComparison.Ordinal)..].Split(' ').Select(field => field.Split('=', 2)).ToDictionary(field => field[0], field => field[^1]);
        return new Client(fields["id"], fields["name"], fields["cmd"], int.Parse(fields["idle"]), int.Parse(fields["qbuf"]), fields["flags"].Contains('b'));
    }

    /// <param name="Id">Its number.</param>
    /// <param name="Name">What it calls itself.</param>
    /// <param name="Command">The last command, or the one that it waits in.</param>
    /// <param name="Idle">For how many seconds it has sent nothing.</param>
    /// <param name="Unread">How many bytes it has sent that the server has not read yet, because it is paused.</param>
    /// <param name="IsBlocked">Whether it waits in that command.</param>
    public sealed record Client(string Id, string Name, string Command, int Idle, int Unread, bool IsBlocked);
}
