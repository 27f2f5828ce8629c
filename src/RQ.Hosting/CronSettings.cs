using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>A cron schedule as the configuration has it, in the section <c>Rq:Cron:{name}</c>. Its function takes no arguments.</summary>
internal sealed class CronSettings
{
    public string? Function { get; set; }

    public string? Cron { get; set; }

    public string? Interval { get; set; }

    public string TimeZone { get; set; } = "UTC";

    public string? Queue { get; set; }

    public string MissedRuns { get; set; } = "once";

    public string? MisfireThreshold { get; set; }

    public string Overlap { get; set; } = "allow";

    public string? StartsAt { get; set; }

    public string? EndsAt { get; set; }

    public string? Jitter { get; set; }

    public string? Timeout { get; set; }

    public string? ResultTtl { get; set; }

    public string? FailureTtl { get; set; }

    /// <param name="section">The section.</param>
    /// <param name="problems">Is told what cannot be, by its key.</param>
    /// <returns><c>null</c> when it cannot be.</returns>
    public static CronSchedule? Read(IConfigurationSection section, List<string> problems)
    {
        var settings = new CronSettings();
        try
        {
            SettingsReader.Read(section, settings);
            return settings.ToSchedule(section, problems);
        }
        catch (OptionsValidationException exception)
        {
            problems.AddRange(exception.Failures);
            return null;
        }
    }

    private CronSchedule? ToSchedule(IConfigurationSection section, List<string> problems)
    {
        var read = new CronValues(section, problems);
        bool hasFunction = !string.IsNullOrWhiteSpace(Function);
        if (!hasFunction)
            problems.Add($"'{section.Path}:{nameof(Function)}' is not set. Set it to the name of the function to run, such as 'Shop.Reports.Send'.");
        int before = problems.Count;
        CronSchedule schedule = ToSchedule(section.Key, hasFunction ? Function! : "missing", read);
        return hasFunction && problems.Count == before ? schedule : null;
    }

    private CronSchedule ToSchedule(string name, string function, CronValues read) => new()
    {
        Name = name,
        Call = JobCall.To(function),
        Cron = Cron,
        Interval = read.Time(Interval, nameof(Interval)),
        TimeZone = TimeZone,
        Queue = Queue,
        MissedRuns = read.Missed(MissedRuns, nameof(MissedRuns)),
        MisfireThreshold = read.Time(MisfireThreshold, nameof(MisfireThreshold)) ?? TimeSpan.FromSeconds(60),
        Overlap = read.Overlap(Overlap, nameof(Overlap)),
        StartsAt = read.Instant(StartsAt, nameof(StartsAt)),
        EndsAt = read.Instant(EndsAt, nameof(EndsAt)),
        Jitter = read.Time(Jitter, nameof(Jitter)) ?? TimeSpan.Zero,
        Options = Timeout is null && ResultTtl is null && FailureTtl is null
            ? null
            : new JobOptions
            {
                Timeout = read.Seconds(Timeout, nameof(Timeout)), ResultTtl = read.Seconds(ResultTtl, nameof(ResultTtl)), FailureTtl = read.Seconds(FailureTtl, nameof(FailureTtl)),
            },
    };
}
