using RQ.Tool.Terminal;

namespace RQ.Tool.Cron;

/// <summary>A word of warning: what belongs to a table comes back with it.</summary>
internal static class SourceNote
{
    public static string Of(CronEntry entry) =>
        entry.Source.Length == 0 ? "" : $" It came from {PlainText.Line(entry.Source)}: change it there too, or it comes back when that is stored again.";
}
