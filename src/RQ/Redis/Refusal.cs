using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>What a server says when it has done nothing, because it is not the one to ask, or not now.</summary>
internal static class Refusal
{
    private static readonly string[] s_elsewhere = ["READONLY ", "MOVED "];
    private static readonly string[] s_underWay = ["ASK ", "TRYAGAIN "];

    /// <summary>Another server is the primary, or has the slot.</summary>
    public static bool IsElsewhere(RedisServerException exception) => exception.Kind is RedisErrorKind.Moved or RedisErrorKind.ReadOnly || IsElsewhere(exception.Message);

    /// <inheritdoc cref="IsElsewhere(RedisServerException)"/>
    public static bool IsElsewhere(string error) => Says(error, s_elsewhere);

    /// <summary>The slot is being moved from one server to another.</summary>
    public static bool IsUnderWay(RedisServerException exception) => exception.Kind is RedisErrorKind.Ask or RedisErrorKind.TryAgain || IsUnderWay(exception.Message);

    /// <inheritdoc cref="IsUnderWay(RedisServerException)"/>
    public static bool IsUnderWay(string error) => Says(error, s_underWay);

    /// <summary>Whether an error has one of the codes, each with the space behind it.</summary>
    public static bool Says(string error, ReadOnlySpan<string> codes)
    {
        // That one names a key, in which there may be anything.
        if (KeyKinds.IsWrongKind(error))
            return false;
        foreach (string code in codes)
        {
            // Anywhere: Redis 6.2 wraps what a script ran into in a text of its own.
            for (int at = error.IndexOf(code, StringComparison.Ordinal); at >= 0; at = error.IndexOf(code, at + 1, StringComparison.Ordinal))
            {
                if (at == 0 || !char.IsAsciiLetterOrDigit(error[at - 1]))
                    return true;
            }
        }

        return false;
    }
}
