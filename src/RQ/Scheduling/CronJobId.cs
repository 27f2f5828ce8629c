using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RQ.Scheduling;

/// <summary>
/// The ids of a schedule's jobs, such as <c>nightly-report-5f3a9c0148d2be67-20260102T030000Z</c>. One follows from name and time, so that a time cannot be run
/// twice while its job is stored, even when the schedule was removed and stored anew.
/// </summary>
internal static class CronJobId
{
    private const int LongestName = 40;

    public static string Of(string name, DateTimeOffset slot) => $"{Stem(name)}-{Time(slot)}";

    /// <summary>An id of its own for a job that was enqueued by hand.</summary>
    public static string ByHand(string name, DateTimeOffset now) => $"{Of(name, now)}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    // Names may hold anything, ids may not; and names that look alike without it must not share ids.
    private static string Stem(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
                text.Append(c);
            else if (text.Length > 0 && text[^1] != '-')
                text.Append('-');
            if (text.Length == LongestName)
                break;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));
        string readable = text.ToString().Trim('-');
        return readable.Length == 0 ? $"cron-{hash}" : $"{readable}-{hash}";
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
