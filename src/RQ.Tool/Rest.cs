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
}
