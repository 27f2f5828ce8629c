using System.Globalization;
using System.Text;

namespace RQ.Tool.Workers;

/// <summary>Times in the notation of <c>strftime</c>, with English names.</summary>
internal sealed class DateFormat
{
    public const string Default = "%H:%M:%S";

    private readonly string _format;

    private DateFormat(string format) => _format = format;

    /// <exception cref="UsageException">It has a directive that is not known here; the message names it.</exception>
    public static DateFormat Parse(string? format)
    {
        format ??= Default;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] == '%' && (++i == format.Length || Show(format[i], default) is null))
                throw new UsageException($"--date-format: '%{(i < format.Length ? format[i] : "")}' is not known. Known are %Y %y %m %d %H %I %M %S %f %p %a %A %b %B %j %z %Z %F %T %%.");
        }

        return new DateFormat(format);
    }

    public string Show(DateTimeOffset time)
    {
        var text = new StringBuilder();
        for (int i = 0; i < _format.Length; i++)
            text.Append(_format[i] == '%' ? Show(_format[++i], time) : _format[i].ToString());
        return text.ToString();
    }

    private static string? Show(char directive, DateTimeOffset time) => directive switch
    {
        'Y' => As("yyyy", time),
        'y' => As("yy", time),
        'm' => As("MM", time),
        'd' => As("dd", time),
        'H' => As("HH", time),
        'I' => As("hh", time),
        'M' => As("mm", time),
        'S' => As("ss", time),
        'f' => As("ffffff", time),
        'p' => As("tt", time),
        'a' => As("ddd", time),
        'A' => As("dddd", time),
        'b' => As("MMM", time),
        'B' => As("MMMM", time),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'z' => As("zzz", time).Replace(":", "", StringComparison.Ordinal),
        'Z' => time.Offset == TimeSpan.Zero ? "UTC" : As("zzz", time),
        'F' => As("yyyy-MM-dd", time),
        'T' => As("HH:mm:ss", time),
        '%' => "%",
        _ => null,
    };

    private static string As(string format, DateTimeOffset time) => time.ToString(format, CultureInfo.InvariantCulture);
}
