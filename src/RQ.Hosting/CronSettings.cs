using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>A cron schedule as the configuration has it, in the section <c>Rq:Cron:{name}</c>. Its function takes no arguments.</summary>
internal sealed class CronSettings
{
    public string? Function { get; set; }

    public string? Cron { get; set; }

    public TimeSpan? Interval { get; set; }

    public string TimeZone { get; set; } = "UTC";

    public string? Queue { get; set; }

    public string MissedRuns { get; set; } = "once";

    public TimeSpan MisfireThreshold { get; set; } = TimeSpan.FromSeconds(60);

    public CronOverlap Overlap { get; set; }

    public string? StartsAt { get; set; }

    public string? EndsAt { get; set; }

    public TimeSpan Jitter { get; set; }

    public TimeSpan? Timeout { get; set; }

    public TimeSpan? ResultTtl { get; set; }

    public TimeSpan? FailureTtl { get; set; }

    /// <param name="section">The section.</param>
    /// <param name="problems">Is told what cannot be, by its key.</param>
    /// <returns><c>null</c> when it cannot be.</returns>
    public static CronSchedule? Read(IConfigurationSection section, List<string> problems)
    {
        var settings = new CronSettings();
        try
        {
            SettingsReader.Read(section, settings);
            return settings.ToSchedule(section);
        }
        catch (OptionsValidationException exception)
        {
            problems.AddRange(exception.Failures);
        }
        catch (FormatException exception)
        {
            problems.Add(exception.Message);
        }

        return null;
    }

    private CronSchedule ToSchedule(IConfigurationSection section) => new()
    {
        Name = section.Key,
        Call = JobCall.To(string.IsNullOrWhiteSpace(Function)
            ? throw new FormatException($"'{section.Path}:{nameof(Function)}' is not set. Set it to the name of the function to run, such as 'Shop.Reports.Send'.")
            : Function),
        Cron = Cron,
        Interval = Interval,
        TimeZone = TimeZone,
        Queue = Queue,
        MissedRuns = Missed(section),
        MisfireThreshold = MisfireThreshold,
        Overlap = Overlap,
        StartsAt = Instant(StartsAt, section, nameof(StartsAt)),
        EndsAt = Instant(EndsAt, section, nameof(EndsAt)),
        Jitter = Jitter,
        Options = Timeout is null && ResultTtl is null && FailureTtl is null ? null : new JobOptions { Timeout = Timeout, ResultTtl = ResultTtl, FailureTtl = FailureTtl },
    };

    private MissedRuns Missed(IConfigurationSection section)
    {
        try
        {
            return RQ.MissedRuns.Parse(MissedRuns);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"'{section.Path}:{nameof(MissedRuns)}': {exception.Message}");
        }
    }

    private static DateTimeOffset? Instant(string? text, IConfigurationSection section, string name)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset instant)
            ? instant
            : throw new FormatException($"'{section.Path}:{name}' is '{text}', which is no time. Write '2026-12-24T09:00:00+01:00'; without an offset it is UTC.");
    }
}
