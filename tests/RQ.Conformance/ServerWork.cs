using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance;

/// <summary>
/// How much a server has done, by its own count. Unlike time this is the same on a busy machine: what holds a server up for long
/// is one script with very many commands, or work that grows with the square of the jobs.
/// </summary>
/// <param name="Commands">Commands executed, those within scripts included.</param>
/// <param name="Scripts">Script calls.</param>
internal sealed record ServerWork(long Commands, long Scripts)
{
    public double CommandsPerScript => (double)Commands / Scripts;

    /// <summary>Since the server's start.</summary>
    public static async Task<ServerWork> OfAsync(RedisServer server)
    {
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        var calls = (await admin.GetServers()[0].InfoAsync("commandstats")).SelectMany(group => group)
            .ToDictionary(line => line.Key["cmdstat_".Length..], line => long.Parse(line.Value.Split(',')[0]["calls=".Length..]));
        long scripts = calls.GetValueOrDefault("evalsha") + calls.GetValueOrDefault("eval");
        return new ServerWork(calls.Values.Sum() - scripts, scripts);
    }

    public static ServerWork operator -(ServerWork after, ServerWork before) => new(after.Commands - before.Commands, after.Scripts - before.Scripts);
}
