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

    /// <exception cref="RqException">The server lacks a command that the queue cannot do without, or this user may not call it.</exception>
    public static async Task<ServerCapabilities> ProbeAsync(IConnectionMultiplexer multiplexer, RqConnectionOptions options)
    {
        IDatabase database = multiplexer.GetDatabase();
        Task<bool> streams = HasAsync(database, "XADD");
        Task<bool> copy = HasAsync(database, "COPY");
        Task<bool> move = HasAsync(database, "BLMOVE");
        Task<bool> scripts = HasAsync(database, "EVALSHA");
        // Calls that are refused before they do anything: for a script that nobody knows, and one that is none.
        RedisKey key = new Keys(options.KeyPrefix).Lock;
        Task<string?>[] refused =
        [
            RefusalAsync(database, "EVALSHA", new string('0', 40), 1, key),
            RefusalAsync(database, "EVAL", "this is no Lua", 1, key),
        ];
        if (!await scripts.ConfigureAwait(false) || !await move.ConfigureAwait(false))
            throw new RqException($"The server{Version(multiplexer)} lacks EVALSHA or BLMOVE. RQ needs Redis 6.2, Valkey 7.2, or the embedded server.");
        ThrowIfAny(await Task.WhenAll(refused).ConfigureAwait(false));
        if (options.Durability is { } durability)
            await durability.ProbeAsync(database).ConfigureAwait(false);
        return new ServerCapabilities(
            await streams.ConfigureAwait(false), await copy.ConfigureAwait(false));
    }

    /// <summary>What only workers call. Producers, and those who only look, need not be allowed to take jobs off a queue.</summary>
    /// <exception cref="RqException">This user may not call it.</exception>
    public static async Task CheckWorkerAsync(RqConnection rq)
    {
        RedisKey key = rq.Keys.Lock;
        string? refused = null;
        try
        {
            // Refused before it does anything: for a time that is none.
            refused = await RefusalAsync(rq.Database, "BLMOVE", key, key, "LEFT", "LEFT", "none").ConfigureAwait(false);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            // Whoever registers next finds out.
        }

        ThrowIfAny([refused]);
    }

    private static void ThrowIfAny(string?[] refused)
    {
        if (refused.OfType<string>().ToArray() is { Length: > 0 } commands)
            throw new RqException($"The server does not let this user call {string.Join(", ", commands)}. RQ cannot work without: allow it, for example by ACL SETUSER … {string.Join(' ', commands.Select(command => "+" + command.ToLowerInvariant()))}.");
    }

    private static string Version(IConnectionMultiplexer multiplexer) =>
        Array.Find(multiplexer.GetServers(), server => server.IsConnected) is { } server ? $", which calls itself Redis {server.Version}," : "";

    /// <summary>The command, when this user may not call it.</summary>
    internal static async Task<string?> RefusalAsync(IDatabase database, string command, params object[] arguments)
    {
        try
        {
            await database.ExecuteAsync(command, arguments).ConfigureAwait(false);
            return null;
        }
        catch (RedisServerException exception)
        {
            // A server may also refuse the key, which is not the command's fault.
            return exception.Message.StartsWith("NOPERM", StringComparison.Ordinal) && exception.Message.Contains($"'{command}'", StringComparison.OrdinalIgnoreCase) ? command : null;
        }
    }

    internal static async Task<bool> HasAsync(IDatabase database, string command)
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
