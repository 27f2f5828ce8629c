using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Queues;

/// <summary>A server that for now runs no script: who calls one waits for its answer until the end.</summary>
internal sealed class PausedServer : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _admin;

    private PausedServer(ConnectionMultiplexer admin) => _admin = admin;

    public static async Task<PausedServer> PauseAsync(RedisServer server)
    {
        var paused = new PausedServer(await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true"));
        await paused._admin.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", 600_000, "WRITE");
        return paused;
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.GetDatabase().ExecuteAsync("CLIENT", "UNPAUSE");
        await _admin.DisposeAsync();
    }
}
