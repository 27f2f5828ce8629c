namespace RQ.Tool.Cron;

/// <summary>An expression that means something else to crontab and to Python RQ: it has a day of the month and a day of the week.</summary>
internal static class BothDays
{
    public const string Note = "the expression has a day of the month and a day of the week. Here both must be true; crontab and Python RQ run it when either is.";

    public static bool AreGiven(CronSchedule schedule) =>
        schedule.Cron?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: 5 or 6 } fields && IsGiven(fields[^3]) && IsGiven(fields[^1]);

    private static bool IsGiven(string field) => field[0] is not ('*' or '?');
}
