using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>A server that refuses a user says in a script only that a right is missing, and not which: the way to find out is added.</summary>
internal static class MissingRight
{
    private const string WayOut = "'ACL LOG' on the server names the command or key, and the page on security lists what each role needs.";

    /// <summary>Whether a right is missing, and that was not explained yet.</summary>
    public static bool Is(string? message) => message is not null && !message.Contains(WayOut, StringComparison.Ordinal)
        && (message.Contains("NOPERM", StringComparison.Ordinal) || message.Contains("The user executing the script", StringComparison.Ordinal) || message.Contains("ACL failure in script", StringComparison.Ordinal));

    /// <summary>The error as the server gave it, and what to do about it.</summary>
    /// <param name="message">What the server said.</param>
    /// <param name="script">What was to be run; <c>null</c> when that is not known here.</param>
    public static RedisServerException Explain(string message, Script? script) => new(
        RedisErrorKind.UnknownError, CommandFlags.None,
        $"{message} {(script is null ? "The user" : $"In RQ's script '{script.Name}' the user")} of this connection lacks a right: {WayOut}");
}
