using System.Globalization;

namespace RQ.Tool.Cron;

/// <summary>Instants as people write them: with an offset, since a file is read on many machines.</summary>
internal static class InstantText
{
    public const string Shape = "write 2026-12-24T09:00:00Z, 2026-12-24T10:00:00+01:00, or 2026-12-24 for midnight UTC";

    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd' 'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK"];

    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant))
            return true;
        // K also takes nothing, which would mean this machine's zone.
        bool hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return DateTimeOffset.TryParseExact(text, s_formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out instant) && hasOffset;
    }
}
