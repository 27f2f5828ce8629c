namespace RQ.Redis;

/// <summary>
/// A connection as the server numbers it. The numbers begin anew when the server restarts, so the server's run belongs to
/// them: else a command about a connection of yesterday would hit a stranger of today.
/// </summary>
/// <param name="ServerRun">The server's random <c>run_id</c>; empty when it does not tell.</param>
/// <param name="Id">The number; 0 when the server does not tell.</param>
internal readonly record struct ConnectionNumber(string ServerRun, long Id)
{
    private const string RunMark = "run_id:";

    public static ConnectionNumber Unknown => new("", 0);

    public bool IsKnown => ServerRun.Length > 0 && Id > 0;

    /// <summary>The run in the answer to <c>INFO server</c>.</summary>
    public static string RunOf(string? info) => (info ?? "").Split('\n', StringSplitOptions.TrimEntries)
        .FirstOrDefault(line => line.StartsWith(RunMark, StringComparison.Ordinal))?[RunMark.Length..] ?? "";

    /// <summary>Reads <see cref="ToString"/>.</summary>
    public static ConnectionNumber Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && long.TryParse(text.AsSpan(slash + 1), out long id) ? new ConnectionNumber(text[..slash], id) : Unknown;
    }

    public override string ToString() => $"{ServerRun}/{Id}";
}
