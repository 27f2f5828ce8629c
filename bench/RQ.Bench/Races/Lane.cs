using System.Diagnostics;

namespace RQ.Bench.Races;

/// <summary>One contender's run: its server, its process, its line of figures.</summary>
internal static class Lane
{
    /// <returns>The last line that it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed, or took too long.</exception>
    public static async Task<string> RunAsync(Contender contender, RaceOptions options, CancellationToken cancellationToken)
    {
        using RedisProcess? redis = contender.NeedsRedis ? await RedisProcess.StartAsync() : null;
        using PostgresProcess? postgres = contender.NeedsPostgres ? await PostgresProcess.StartAsync(cancellationToken) : null;
        string url = redis?.Url ?? postgres?.Url ?? "embedded:";
        string port = redis?.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
        string[] command = [.. contender.Command(options).Select(part => part.Replace("{url}", url, StringComparison.Ordinal).Replace("{port}", port, StringComparison.Ordinal))];
        ProcessStartInfo start = contender.Peer is { } peer ? In(peer, options, command) : ThisProgram.Command(command);
        start.Environment["PORT"] = port;
        return await Child.RunAsync(start, cancellationToken);
    }

    /// <returns>Its name and version, and those of what it runs on; <c>null</c> when it is not installed.</returns>
    public static async Task<string?> VersionAsync(Peer peer, RaceOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await Child.RunAsync(In(peer, options, peer.Probe), cancellationToken);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static ProcessStartInfo In(Peer peer, RaceOptions options, IReadOnlyList<string> command) =>
        new(command[0], command.Skip(1)) { WorkingDirectory = Path.GetFullPath(Path.Combine(options.PeersFolder, peer.Name)) };
}
