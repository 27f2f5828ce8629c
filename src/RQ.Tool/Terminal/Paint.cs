namespace RQ.Tool.Terminal;

/// <summary>Colours, as RQ has them: on a terminal only.</summary>
internal sealed class Paint(bool isOn)
{
    /// <summary>Leaves text as it is.</summary>
    public static Paint None { get; } = new(false);

    /// <summary>For what goes to standard output.</summary>
    public static Paint Output { get; } = new(
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb");

    public string Red(string text) => With(31, text);

    public string Green(string text) => With(32, text);

    public string Yellow(string text) => With(33, text);

    public string Blue(string text) => With(34, text);

    /// <summary>Empties the terminal.</summary>
    public string Clear => isOn ? "\e[2J\e[1;1H" : "";

    private string With(int code, string text) => isOn ? $"\e[{code}m{text}\e[0m" : text;
}
