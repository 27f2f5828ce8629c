using System.Globalization;
using RQ.Jobs;
using RQ.Redis;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>A cron schedule as it was read. What cannot be read throws when it is asked for, so that the rest can be.</summary>
internal sealed class StoredCron
{
    // Its times do not follow from what it calls.
    private static readonly JobCall s_anyCall = JobCall.To("any");

    private readonly IReadOnlyDictionary<string, RedisValue> _fields;

    private StoredCron(string name, IReadOnlyDictionary<string, RedisValue> fields, JobStatus? lastStatus, IReadOnlyList<CronRun> newest)
    {
        Name = name;
        _fields = fields;
        LastStatus = lastStatus;
        Newest = newest;
    }

    public string Name { get; }

    /// <summary>Its newest jobs; none when they cannot be in each other's way.</summary>
    public IReadOnlyList<CronRun> Newest { get; }

    /// <summary>Where its last job is; <c>null</c> when it is gone.</summary>
    public JobStatus? LastStatus { get; }

    /// <summary>See <see cref="CronFields.Version"/>; empty when there is no such schedule.</summary>
    public string Version => Text(CronFields.Version) ?? "";

    public bool Exists => Version.Length > 0;

    public bool IsPaused => Text(CronFields.IsPaused) == "1";

    public string Source => Text(CronFields.Source) ?? "";

    public DateTimeOffset CreatedAt => RqTime.ParseTimestamp(Text(CronFields.CreatedAt)) ?? DateTimeOffset.UnixEpoch;

    public DateTimeOffset? Next => RqTime.ParseUnix(Text(CronFields.Next));

    public DateTimeOffset? Due => RqTime.ParseUnix(Text(CronFields.Due));

    public DateTimeOffset? Passed => RqTime.ParseUnix(Text(CronFields.Passed));

    public string QueueName => Text(CronFields.Queue) ?? throw Missing(CronFields.Queue);

    public bool AtFront => Text(CronFields.AtFront) == "1";

    public CronOverlap Overlap => OverlapText.Parse(Text(CronFields.Overlap));

    public MissedRuns MissedRuns => Read(CronFields.MissedRuns, MissedRuns.Parse);

    public TimeSpan MisfireThreshold => Span(CronFields.MisfireThreshold) ?? throw Missing(CronFields.MisfireThreshold);

    /// <summary>The fields of what was asked for.</summary>
    public IEnumerable<KeyValuePair<string, RedisValue>> Definition => _fields.Where(pair => CronFields.IsDefinition(pair.Key));

    /// <summary>The fields of each job's hash: name, value, name, value …</summary>
    public IEnumerable<RedisValue> Template => _fields
        .Where(pair => pair.Key.StartsWith(CronFields.JobPrefix, StringComparison.Ordinal))
        .SelectMany(pair => new RedisValue[] { pair.Key[CronFields.JobPrefix.Length..], pair.Value });

    /// <summary>The same as a job's hash, of no job.</summary>
    public JobHash TemplateHash => JobHash.Read(Name, RedisResult.Create([.. Template]));

    /// <summary>What all its times follow from, as one text.</summary>
    public string TimesKey => string.Join('\n', CronFields.Times.Append(CronFields.CreatedAt).Select(Text).Prepend(Name));

    /// <summary>Reads what a script answered: <c>{fields and values, status of the last job, ids and statuses of the newest}</c>.</summary>
    public static StoredCron Read(string name, RedisResult answer)
    {
        var parts = (RedisResult[])answer!;
        var flat = (RedisValue[])parts[0]!;
        var fields = new OrderedDictionary<string, RedisValue>(flat.Length / 2);
        for (int i = 0; i + 1 < flat.Length; i += 2)
            fields[FieldNames.Read(flat[i])] = flat[i + 1];
        string[] newest = (string[])parts[2]!;
        return new StoredCron(name, fields, Status((string?)parts[1]), [.. newest.Chunk(2).Select(job => new CronRun(job[0], Status(job[1])))]);
    }

    /// <exception cref="RqException">Something in it cannot be read.</exception>
    /// <exception cref="ArgumentException">Its times cannot be on this machine, which may not know the time zone.</exception>
    public Occurrences Times() => TimesFrom(CreatedAt);

    /// <summary>The same, of a schedule that was stored at another time.</summary>
    /// <inheritdoc cref="Times"/>
    public Occurrences TimesFrom(DateTimeOffset createdAt) => new(TimesOnly(s_anyCall), createdAt);

    /// <exception cref="RqException">Something in it cannot be read.</exception>
    public CronEntry ToEntry(RqConnection rq) => new()
    {
        Schedule = ToSchedule(rq),
        Source = Source,
        CreatedAt = CreatedAt,
        IsPaused = IsPaused,
        NextTime = Due,
        LastTime = RqTime.ParseUnix(Text(CronFields.Last)),
        LastEnqueuedAt = RqTime.ParseUnix(Text(CronFields.LastEnqueuedAt)),
        LastJobId = Text(CronFields.LastJobId),
        LastOutcome = LastStatus ?? Status(Text(CronFields.LastOutcome)),
        EnqueuedCount = Number(CronFields.Enqueued) ?? 0,
        SkippedCount = Number(CronFields.Skipped) ?? 0,
    };

    /// <exception cref="RqException">Something in it cannot be read.</exception>
    public CronSchedule ToSchedule(RqConnection rq)
    {
        CallData call = ReadCall(rq);
        JobHash job = TemplateHash;
        JobCall jobCall = JobCall.To(call.Function, call.Arguments, call.KeywordArguments);
        if (job.Text(JobFields.Redacted) is not null)
            jobCall = jobCall.Redacted(Text(CronFields.IsDescribed) == "1" ? $"{call.Function}(***)" : job.Description);
        return TimesOnly(jobCall) with
        {
            Queue = QueueName,
            Options = StoredOptions.Read(rq, job, AtFront, Text(CronFields.IsDescribed) == "1") with { Serializer = call.Serializer == rq.Serializer ? null : call.Serializer },
            MissedRuns = MissedRuns,
            MisfireThreshold = MisfireThreshold,
            Overlap = Overlap,
        };
    }

    /// <exception cref="RqException">It cannot be read.</exception>
    public CallData ReadCall(RqConnection rq) => CallData.Read((byte[]?)TemplateHash.Data, rq, PayloadContext.OfCall(TemplateHash, PayloadKind.CronCall));

    public string? Text(string field) => _fields.TryGetValue(field, out RedisValue value) && (string?)value is { Length: > 0 } text ? text : null;

    private CronSchedule TimesOnly(JobCall call) => new()
    {
        Name = Name,
        Call = call,
        Cron = Text(CronFields.Cron),
        Interval = Span(CronFields.Interval),
        TimeZone = Text(CronFields.TimeZone) ?? "UTC",
        StartsAt = RqTime.ParseTimestamp(Text(CronFields.StartsAt)),
        EndsAt = RqTime.ParseTimestamp(Text(CronFields.EndsAt)),
        Jitter = Span(CronFields.Jitter) ?? TimeSpan.Zero,
    };

    private TimeSpan? Span(string field) => Text(field) is { } text
        ? Read(field, _ => TimeSpan.FromTicks((long)(decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond)))
        : null;

    private long? Number(string field) => long.TryParse(Text(field), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private T Read<T>(string field, Func<string, T> read)
    {
        string text = Text(field) ?? throw Missing(field);
        try
        {
            return read(text);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new UnreadableDataException($"The cron schedule '{Name}' cannot be read: its field '{field}' is '{text}'.", exception);
        }
    }

    private UnreadableDataException Missing(string field) => new($"The cron schedule '{Name}' cannot be read: it has no field '{field}'.");

    private static JobStatus? Status(string? text) => string.IsNullOrEmpty(text) ? null : JobStatusText.Parse(text);
}
