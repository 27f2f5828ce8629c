using Microsoft.Extensions.Logging;

namespace RQ;

/// <summary>How a scheduler works. Read once when the scheduler is made.</summary>
public sealed class SchedulerOptions
{
    /// <summary>Whether it also runs the cron schedules of its Redis database (<see cref="RqConnection.Cron"/>), on whatever queue they are. Default: <c>true</c>.</summary>
    public bool RunsCron { get; set; } = true;

    /// <summary>Where it tells what it does. Default: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The file that its cron schedules come from, for lists of cron schedulers. Default: none.</summary>
    public string? ConfigFile { get; set; }

    internal SchedulerOptions Freeze() => (SchedulerOptions)MemberwiseClone();
}
