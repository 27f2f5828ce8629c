using System.Globalization;
using System.Text;
using RQ.Redis;

namespace RQ.Jobs;

/// <summary>
/// An entry of the list <c>rq:job-log:{id}</c>: <c>{execution} {number} {timestamp} {line}</c>. The number counts the lines of
/// the execution, so that lines sent twice are written once.
/// </summary>
internal static class LogLineText
{
    /// <summary>How many bytes of a line are kept.</summary>
    private const int MaxBytes = 4096;

    public static string Write(JobLogLine line, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{line.ExecutionId} {number} {RqTime.Timestamp(line.At)} {line.Text}");

    /// <summary><c>null</c> for what cannot be read.</summary>
    public static JobLogLine? Read(string? text)
    {
        string[] parts = text?.Split(' ', 4) ?? [];
        return parts.Length == 4 && RqTime.ParseTimestamp(parts[2]) is { } at ? new JobLogLine(at, parts[3], parts[0]) : null;
    }

    /// <summary>The line, cut between two characters if it is too long.</summary>
    public static string Cut(string line)
    {
        if (line.Length <= MaxBytes / 3 || Encoding.UTF8.GetByteCount(line) <= MaxBytes)
            return line;
        int bytes = 0, length = 0;
        foreach (Rune rune in line.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MaxBytes)
                break;
            length += rune.Utf16SequenceLength;
        }

        return line[..length];
    }
}
