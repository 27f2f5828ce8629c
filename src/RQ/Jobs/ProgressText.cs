using System.Text.Json;
using RQ.Redis;

namespace RQ.Jobs;

/// <summary>The field <c>progress</c>: <c>{"fraction": 0.5, "text": "…", "at": timestamp}</c>.</summary>
internal static class ProgressText
{
    public static string Write(JobProgress progress) => JsonSerializer.Serialize(new Stored(progress.Fraction, progress.Text, RqTime.Timestamp(progress.At)));

    /// <summary><c>null</c> for what cannot be read.</summary>
    public static JobProgress? Read(string? text)
    {
        try
        {
            return text is not null && JsonSerializer.Deserialize<Stored>(text) is { } stored && RqTime.ParseTimestamp(stored.at) is { } at
                ? new JobProgress(stored.fraction, stored.text, at)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

#pragma warning disable IDE1006 // The names are those of the stored JSON.
    private sealed record Stored(double fraction, string? text, string? at);
#pragma warning restore IDE1006
}
