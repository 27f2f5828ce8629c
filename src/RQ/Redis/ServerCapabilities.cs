using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>What the server can do, asked command by command: version texts lie (the embedded server calls itself Redis 7.4.3).</summary>
internal sealed record ServerCapabilities(bool Streams, bool Copy)
{
    /// <summary>Whether a script is atomic only over the keys that it declares: so on the embedded server, which is also the one without streams.</summary>
    public bool LocksDeclaredOnly => !Streams;

    /// <summary>Whether a server that is killed may keep the first writes of a script without the rest: so the embedded one.</summary>
    public bool KeepsHalfScripts => !Streams;

    /// <summary>How scripts store results: see <c>results.lua</c>.</summary>
    public string ResultMode => !Streams ? "hash" : Copy ? "copy" : "stream";

    /// <exception cref="RqException">The server lacks a command that the queue cannot do without.</exception>
    public static async Task<ServerCapabilities> ProbeAsync(IDatabase database)
    {
        Task<bool> streams = HasAsync(database, "XADD");
        Task<bool> copy = HasAsync(database, "COPY");
        Task<bool> move = HasAsync(database, "BLMOVE");
        Task<bool> scripts = HasAsync(database, "EVALSHA");
        if (!await scripts.ConfigureAwait(false) || !await move.ConfigureAwait(false))
            throw new RqException("The server lacks EVALSHA or BLMOVE. RQ needs Redis 6.2, Valkey 7.2, or the embedded server.");
        return new ServerCapabilities(
            await streams.ConfigureAwait(false), await copy.ConfigureAwait(false));
    }

    private static async Task<bool> HasAsync(IDatabase database, string command)
    {
        try
        {
            RedisResult reply = await database.ExecuteAsync("COMMAND", "INFO", command).ConfigureAwait(false);
            return reply.Length == 1 && !reply[0].IsNull && reply[0].Length > 0;
        }
        catch (RedisServerException)
        {
            // COMMAND is forbidden to this user; such servers are real ones, and those of today have everything.
            return true;
        }
    }
}
