namespace RQ;

/// <summary>
/// Gives a method a cron schedule: <c>[Cron("0 9 * * MON-FRI", TimeZone = "Europe/Berlin")]</c>. Workers and schedulers that know the method store it at their
/// start (<see cref="WorkerOptions.RegisterCron"/>), and take it away again when the attribute is gone: the build that started last is in force, also when that is an old
/// one (see <see cref="CronSchedules.ReplaceAsync"/>). The method counts as marked <see cref="JobAttribute"/>; it takes no
/// arguments, or only optional ones. May be given several times, with different names.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CronAttribute : Attribute
{
    /// <summary>A schedule by calendar.</summary>
    /// <param name="cron">When; see <see cref="CronSchedule.Cron"/>.</param>
    public CronAttribute(string cron)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(cron);
        Cron = cron;
    }

    /// <summary>When.</summary>
    public string Cron { get; }

    /// <summary>What the schedule is known by. Default: the name that calls of the method carry.</summary>
    public string? Name { get; set; }

    /// <summary>The time zone that the expression is read in. Default: <c>"UTC"</c>.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>What happens when it is due while a job of it still waits or runs. Default: one more is enqueued.</summary>
    public CronOverlap Overlap { get; set; }

    /// <summary>How many times that passed while no scheduler ran are made up for: 0 for none; default 1, the last one.</summary>
    public int MissedRuns { get; set; } = 1;

    /// <summary>Over how many seconds its runs are spread. Default: 0.</summary>
    public int JitterSeconds { get; set; }
}
