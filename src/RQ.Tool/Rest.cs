using Spectre.Console.Cli;

namespace RQ.Tool;

/// <summary>
/// What follows <c>--</c> on a command line: texts to be taken as they are, also those that look like options. The command
/// line library would cut some of them up, so it never sees them.
/// </summary>
internal static class Rest
{
    /// <summary>Takes the rest off a command line.</summary>
    public static (string[] Arguments, string[] After) Split(string[] commandLine)
    {
        int end = Array.IndexOf(commandLine, "--");
        return end < 0 ? (commandLine, []) : (commandLine[..end], commandLine[(end + 1)..]);
    }

    /// <summary>The rest that a command was registered with.</summary>
    public static string[] Of(CommandContext context) => (string[])context.Data!;

    /// <summary>The one thing that a command is about, before or behind the dashes.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="given">What stands before them; <c>null</c> for nothing.</param>
    /// <param name="name">What the usage calls it.</param>
    /// <param name="hint">Where to look for it.</param>
    /// <exception cref="UsageException">It is missing, or there are several.</exception>
    public static string One(CommandContext context, string? given, string name, string hint)
    {
        string[] all = given is null ? Of(context) : [given, .. Of(context)];
        if (all.Length > 1)
            throw new UsageException($"One {name} is enough; there are {all.Length}: {string.Join(", ", all.Select(each => $"'{each}'"))}.");
        return all.FirstOrDefault("") is { Length: > 0 } one ? one : throw new UsageException($"{name} is missing: {hint}");
    }

    /// <summary>For commands that have no use for it.</summary>
    /// <exception cref="UsageException">There is something.</exception>
    public static void Refuse(CommandContext context)
    {
        if (Of(context) is [string first, ..])
            throw new UsageException($"This command takes nothing behind '--', but there is '{first}'.");
    }
}
