using System.Text.RegularExpressions;

namespace RQ.Scheduling;

/// <summary>Cron expressions in the notation of Python's croniter, with which RQ reads what cron schedulers list. It has the field for seconds at the end.</summary>
internal static partial class PythonCron
{
    /// <returns><c>null</c> for what it cannot read: RQ's tools would then show no cron scheduler at all.</returns>
    public static string? Of(string cron)
    {
        string[] fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields is [['@', ..] macro])
        {
            return macro.ToLowerInvariant() switch
            {
                "@every_minute" => "* * * * *",
                "@every_second" => "* * * * * *",
                "@yearly" or "@annually" or "@monthly" or "@weekly" or "@daily" or "@midnight" or "@hourly" => macro.ToLowerInvariant(),
                _ => null,
            };
        }

        if (fields.Length is not (5 or 6))
            return null;
        string[] ordered = [.. fields[^5..], .. fields[..^5]];
        for (int i = 2; i < 5; i += 2)
        {
            if (ordered[i] == "?")
                ordered[i] = "*";
        }

        return Array.TrueForAll(ordered, IsReadable) ? string.Join(' ', ordered) : null;
    }

    /// <summary>The expression that is written there.</summary>
    public static string Read(string listed) => listed.Split(' ') is [.. var five, var seconds] && five.Length == 5 ? $"{seconds} {string.Join(' ', five)}" : listed;

    private static bool IsReadable(string field) => field.Split(',').All(part =>
        Part.Match(part) is { Success: true } match
        && (!int.TryParse(match.Groups["low"].Value, out int low) || !int.TryParse(match.Groups["high"].Value, out int high) || low <= high));

    [GeneratedRegex("^(\\*|((?<low>[0-9]{1,2})|[A-Za-z]{3})(-((?<high>[0-9]{1,2})|[A-Za-z]{3}))?)(/[0-9]{1,2})?$")]
    private static partial Regex Part { get; }
}
