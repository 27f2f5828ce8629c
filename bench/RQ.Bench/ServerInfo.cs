using System.Globalization;
using StackExchange.Redis;

namespace RQ.Bench;

/// <summary>What the server says about itself in INFO. What it does not say is <c>null</c>.</summary>
internal sealed class ServerInfo(RqConnection rq)
{
    /// <summary>CPU time of the server so far.</summary>
    public async Task<TimeSpan?> CpuAsync()
    {
        Dictionary<string, string> info = await ReadAsync("cpu");
        return Number(info, "used_cpu_user") is { } user && Number(info, "used_cpu_sys") is { } system
            ? TimeSpan.FromSeconds(user + system)
            : null;
    }

    /// <summary>How many scripts it has run so far.</summary>
    public async Task<double?> ScriptsAsync() =>
        (await ReadAsync("commandstats")).TryGetValue("cmdstat_evalsha", out string? statistics)
            ? double.Parse(statistics.Split(['=', ','])[1], CultureInfo.InvariantCulture)       // calls=12,usec=…
            : null;

    /// <summary>Bytes that the server has allocated.</summary>
    public async Task<double?> MemoryAsync() => Number(await ReadAsync("memory"), "used_memory");

    public async Task<string> VersionAsync() => (await ReadAsync("server")).GetValueOrDefault("redis_version", "?");

    private async Task<Dictionary<string, string>> ReadAsync(string section)
    {
        string text;
        try
        {
            text = (string?)await rq.Multiplexer.GetDatabase().ExecuteAsync("INFO", section) ?? "";
        }
        catch (RedisServerException)
        {
            return [];      // The embedded server knows fewer sections.
        }

        return text.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0])
            .ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private static double? Number(Dictionary<string, string> info, string name) =>
        double.TryParse(info.GetValueOrDefault(name), CultureInfo.InvariantCulture, out double number) ? number : null;
}
