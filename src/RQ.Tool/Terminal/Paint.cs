namespace RQ.Tool.Terminal;

/// <summary>Colours, as RQ has them: on a terminal only.</summary>
/// <param name="isOn">Whether there are colours.</param>
/// <param name="isTerminal">Whether somebody looks on, whose screen may be emptied.</param>
internal sealed class Paint(bool isOn, bool isTerminal = false)
{
    /// <summary>Leaves text as it is.</summary>
    public static Paint None { get; } = new(false);

    /// <summary>For what goes to standard output.</summary>
    public static Paint Output { get; } = new(IsWanted(Console.IsOutputRedirected), !Console.IsOutputRedirected);

    /// <summary>For what goes to standard error.</summary>
    public static Paint Errors { get; } = new(IsWanted(Console.IsErrorRedirected), !Console.IsErrorRedirected);

    public string Red(string text) => With(31, text);

    public string Green(string text) => With(32, text);

    public string Yellow(string text) => With(33, text);

    public string Blue(string text) => With(34, text);

    /// <summary>Empties the terminal.</summary>
    public string Clear => isTerminal ? "\e[2J\e[1;1H" : "";

    private static bool IsWanted(bool isRedirected) =>
        !isRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private string With(int code, string text) => isOn ? $"\e[{code}m{text}\e[0m" : text;
}
