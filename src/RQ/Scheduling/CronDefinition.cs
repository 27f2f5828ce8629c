using System.Globalization;
using RQ.Queues;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>A cron schedule about to be stored: checked, and written out as fields.</summary>
internal sealed partial class CronDefinition
{
    private const int LongestName = 200;

    /// <summary>Until another scheduler has taken over from one that was killed nothing is run.</summary>
    private static readonly TimeSpan s_failover = SchedulerIdentity.LockTime + SchedulerIdentity.LongestSleep;

    private CronDefinition(CronSchedule schedule, IReadOnlyDictionary<string, RedisValue> fields)
    {
        Schedule = schedule;
        Fields = fields;
    }

    public CronSchedule Schedule { get; }

    public string Name => Schedule.Name;

    public IReadOnlyDictionary<string, RedisValue> Fields { get; }

    /// <param name="rq">Where it will be stored.</param>
    /// <param name="schedule">What was asked for.</param>
    /// <param name="source">The table that it belongs to; empty for none.</param>
    /// <exception cref="ArgumentException">Something in it cannot be; the message says what would be right.</exception>
    public static CronDefinition Of(RqConnection rq, CronSchedule schedule, string source)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        Check(schedule);
        _ = new Occurrences(schedule, DateTimeOffset.UnixEpoch);
        return Write(rq, schedule, source);
    }

    /// <summary>What is stored, as this version writes it. It is not checked: it may be what somebody wants to put right.</summary>
    public static CronDefinition Stored(RqConnection rq, StoredCron stored) => Write(rq, stored.ToSchedule(rq), stored.Source);

    /// <summary>Whether it has the same times as another one.</summary>
    public bool HasSameTimes(CronDefinition other) => Array.TrueForAll(CronFields.Times, field => Fields.GetValueOrDefault(field) == other.Fields.GetValueOrDefault(field));

    private static CronDefinition Write(RqConnection rq, CronSchedule schedule, string source)
    {
        var queue = new Queue(schedule.Queue ?? schedule.Call.Method?.Queue ?? Queue.DefaultName, rq);
        NewJob job = Job(queue, schedule);
        var fields = new OrderedDictionary<string, RedisValue>();

        void Set(string name, RedisValue? value)
        {
            if (value is { IsNull: false } known)
                fields[name] = known;
        }

        Set(CronFields.Cron, schedule.Cron?.Trim());
        Set(CronFields.Interval, schedule.Interval is { } interval ? Seconds(interval) : null);
        Set(CronFields.TimeZone, schedule.TimeZone);
        Set(CronFields.StartsAt, schedule.StartsAt is { } start ? RqTime.Timestamp(start) : null);
        Set(CronFields.EndsAt, schedule.EndsAt is { } end ? RqTime.Timestamp(end) : null);
        Set(CronFields.Jitter, schedule.Jitter > TimeSpan.Zero ? Seconds(schedule.Jitter) : null);
        Set(CronFields.Queue, queue.Name);
        Set(CronFields.Overlap, schedule.Overlap.ToText());
        Set(CronFields.MissedRuns, schedule.MissedRuns.ToString());
        Set(CronFields.MisfireThreshold, Seconds(schedule.MisfireThreshold));
        Set(CronFields.Source, source);
        Set(CronFields.AtFront, job.Item.Options.AtFront ? 1 : null);
        Set(CronFields.IsDescribed, string.IsNullOrEmpty(job.Item.Options.Description) ? null : 1);
        foreach (RedisValue[] field in job.Template.Chunk(2))
            Set(CronFields.JobPrefix + field[0], field[1]);
        return new CronDefinition(schedule, fields);
    }

    /// <summary>Whether the same is stored.</summary>
    public bool IsSame(StoredCron stored)
    {
        KeyValuePair<string, RedisValue>[] there = [.. stored.Definition];
        return there.Length == Fields.Count && there.All(field => Fields.TryGetValue(field.Key, out RedisValue value) && value == field.Value);
    }

    /// <summary>Whether it has the same times as what is stored.</summary>
    public bool HasSameTimes(StoredCron stored) =>
        Array.TrueForAll(CronFields.Times, field => (Fields.TryGetValue(field, out RedisValue value) ? (string?)value : null) == stored.Text(field));

    private static void Check(CronSchedule schedule)
    {
        if (string.IsNullOrWhiteSpace(schedule.Name))
            throw new ArgumentException("A cron schedule needs a name: it is what it is known by.");
        if (schedule.Name.Length > LongestName || schedule.Name.Any(char.IsControl))
            throw new ArgumentException($"The name of a cron schedule is at most {LongestName} characters long and holds no control characters; '{schedule.Name}' is not right.");
        StoredName.Check(schedule.Name, "cron schedule's");
        if (schedule.Call is null || schedule.MissedRuns is null)
            throw Wrong(schedule, $"its {(schedule.Call is null ? nameof(schedule.Call) : nameof(schedule.MissedRuns))} is null.");
        if (schedule.Queue is { Length: 0 })
            throw Wrong(schedule, "its queue has an empty name. Leave it out for the default.");
        if (schedule.MisfireThreshold < TimeSpan.Zero)
            throw Wrong(schedule, $"its misfire threshold is {schedule.MisfireThreshold}. Give zero or more.");
        if (schedule.MissedRuns.Most == 0 && schedule.MisfireThreshold < s_failover)
        {
            throw Wrong(schedule, $"its misfire threshold is {schedule.MisfireThreshold}, and missed runs are skipped: so a time that is run just a little late would be lost. "
                + $"Give at least {s_failover}, or another rule for missed runs.");
        }

        if (!Enum.IsDefined(schedule.Overlap))
            throw Wrong(schedule, $"{schedule.Overlap} is no overlap rule.");
        if (schedule.Options is { } options)
            Check(schedule, options);
        if (EnqueuedCallbacks.Any(schedule.Call, schedule.Options ?? new JobOptions()))
            throw Wrong(schedule, "a callback of its jobs is to be a job of its own (Callback.AsJob, or a method behind the stub of a Python function), and each time enqueues one job only. Name a function that the job's worker calls itself.");
    }

    private static void Check(CronSchedule schedule, JobOptions options)
    {
        if (options.Id is not null || options.Unique != UniqueJob.No)
            throw Wrong(schedule, "its options hold an Id or Unique, but each of its jobs has an id of its own. To keep its jobs apart use Overlap.");
        if (options.DueAt is not null || options.DueIn is not null)
            throw Wrong(schedule, "its options say when the job is due (DueAt or DueIn), but its own times do. Use StartsAt to begin later.");
        if (options.DependsOn is not null)
            throw Wrong(schedule, "its options hold DependsOn, but no job stays there to be waited for each time. Enqueue the second job from the first one.");
        if (options.Repeat is not null)
            throw Wrong(schedule, "its options hold Repeat, but it is what repeats. Use Interval or Cron alone.");
    }

    private static NewJob Job(Queue queue, CronSchedule schedule)
    {
        try
        {
            return NewJob.CreateTemplate(queue, schedule.Name, schedule.Call, schedule.Options);
        }
        catch (ArgumentException exception) when (exception is not JobTooLargeException)
        {
            throw Wrong(schedule, exception.Message, exception);
        }
    }

    private static string Seconds(TimeSpan span) => ((decimal)span.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);

    private static ArgumentException Wrong(CronSchedule schedule, string text, Exception? inner = null) =>
        new($"Cron schedule '{schedule.Name}' cannot be: {text}", inner);
}
