namespace RQ.Redis;

/// <summary>Refuses names that would be the same as others in Redis, before anything is written under them. Every other text is a name.</summary>
internal static class StoredName
{
    private const string Intermediate = ":intermediate", Executions = ":executions", Claims = ":claims:";

    /// <param name="name">The name.</param>
    /// <param name="what">What has it, as people say it.</param>
    /// <exception cref="ArgumentException">It holds half of a surrogate pair.</exception>
    public static void Check(string name, string what)
    {
        int at = name.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (; at >= 0 && at < name.Length; at++)
        {
            if (at + 1 < name.Length && char.IsSurrogatePair(name[at], name[at + 1]))
                at++;
            else if (char.IsSurrogate(name[at]))
                throw Wrong(name, what, $"at position {at + 1} it holds half of a surrogate pair (U+{(int)name[at]:X4}), which UTF-8 cannot write, so it would be the same as other names");
        }
    }

    /// <returns>The name.</returns>
    /// <inheritdoc cref="Check"/>
    /// <exception cref="ArgumentException">It is empty, holds half of a surrogate pair, or its list would be one that RQ keeps for another queue.</exception>
    public static string OfQueue(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Check(name, "queue");
        return name.EndsWith(Intermediate, StringComparison.Ordinal)
            ? throw Wrong(name, "queue", $"RQ keeps the jobs that workers of '{name[..^Intermediate.Length]}' are about to start under it. Choose a name that does not end in '{Intermediate}'")
            : name;
    }

    /// <exception cref="ArgumentException">It holds half of a surrogate pair, or its record would be under a key of another worker.</exception>
    public static void CheckWorker(string name)
    {
        Check(name, "worker");
        if (name.EndsWith(Executions, StringComparison.Ordinal) || name.Contains(Claims, StringComparison.Ordinal))
            throw Wrong(name, "worker", $"its record would be where another worker keeps what it runs. Choose a name that does not end in '{Executions}' or hold '{Claims}'");
    }

    private static ArgumentException Wrong(string name, string what, string why) => new($"The {what} name '{name}' is not valid: {why}.");
}
