using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace RQ.Tool.Workers;

/// <summary>What a log line says, before it is put into words.</summary>
internal readonly record struct LogLine(DateTimeOffset Time, LogLevel Level, string Logger, string Message);

/// <summary>Log lines in the notation of Python's <c>logging</c>, such as <c>%(asctime)s %(levelname)-8s %(message)s</c>.</summary>
internal sealed partial class LogFormat
{
    private const string Standard = "%(asctime)s %(message)s";
    private const string Known = "%(asctime)s %(message)s %(levelname)s %(levelno)s %(name)s %(process)d %(msecs)03d";

    private readonly List<Func<LogLine, string>> _parts = [];

    private LogFormat()
    {
    }

    public static LogFormat Default { get; } = Parse(null, null);

    /// <param name="format">The line; <c>null</c> for RQ's.</param>
    /// <param name="dateFormat">What <c>%(asctime)s</c> shows, in strftime's notation; <c>null</c> for RQ's.</param>
    /// <exception cref="UsageException">One of the two shows something that is not known here; the message names it.</exception>
    public static LogFormat Parse(string? format, string? dateFormat)
    {
        DateFormat date = DateFormat.Parse(dateFormat);
        format ??= Standard;
        var log = new LogFormat();
        int end = 0;
        bool showsSomething = false;
        foreach (Match match in Directive().Matches(format))
        {
            string literal = format[end..match.Index];
            end = match.Index + match.Length;
            log._parts.Add(_ => literal);
            if (match.Value == "%%")
            {
                log._parts.Add(_ => "%");
                continue;
            }

            log._parts.Add(Padded(Field(match, date), match.Groups["flag"].Value, match.Groups["width"].Value));
            showsSomething = true;
        }

        string rest = format[end..];
        log._parts.Add(_ => rest);
        return showsSomething ? log : throw new UsageException($"--log-format '{format}' shows nothing of what happens. Known are {Known}.");
    }

    public string Show(LogLine line) => string.Concat(_parts.Select(part => part(line)));

    private static Func<LogLine, string> Field(Match match, DateFormat date) => (match.Groups["field"].Value, match.Groups["type"].Value) switch
    {
        ("asctime", "s") => line => date.Show(line.Time),
        ("message", "s") => line => line.Message,
        ("levelname", "s") => line => LogLevels.Name(line.Level),
        ("levelno", _) => line => LogLevels.Number(line.Level).ToString(CultureInfo.InvariantCulture),
        ("name", "s") => line => line.Logger,
        ("process", _) => _ => Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ("msecs", _) => line => line.Time.Millisecond.ToString(CultureInfo.InvariantCulture),
        _ => throw new UsageException($"--log-format: '{match.Value}' is not known. Known are {Known}."),
    };

    private static Func<LogLine, string> Padded(Func<LogLine, string> field, string flag, string width)
    {
        if (!int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int columns))
            return field;
        return flag switch
        {
            "-" => line => field(line).PadRight(columns),
            "0" => line => field(line).PadLeft(columns, '0'),
            _ => line => field(line).PadLeft(columns),
        };
    }

    // The last alternative is what is no directive: it is refused like an unknown one.
    [GeneratedRegex(@"%%|%\((?<field>\w+)\)(?<flag>[-0]?)(?<width>\d{0,3})(?<type>[sd])|%(\(\w*\)?)?.?", RegexOptions.CultureInvariant)]
    private static partial Regex Directive();
}
