using System.Globalization;
using System.Text.Json;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>What a job's hash said when it was read. Only <c>data</c> is required by any reader; all else may be missing or empty.</summary>
internal sealed class JobHash
{
    private readonly Func<IReadOnlyList<RedisValue>>? _later;

    private JobHash(string id, HashFields fields)
    {
        Id = id;
        Fields = fields;
    }

    /// <summary>A hash that is written out when somebody looks at it: of most jobs that are enqueued only the id is asked for.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="later">Gives name, value, name, value …</param>
    public JobHash(string id, Func<IReadOnlyList<RedisValue>> later)
    {
        Id = id;
        _later = later;
    }

    private HashFields Fields
    {
        get => field ??= HashFields.Read(RedisResult.Create([.. _later!()]));
        init;
    }

    public string Id { get; }

    /// <summary>Whether there is a hash at all.</summary>
    public bool Exists => Fields.Count > 0;

    public RedisValue Data => this[JobFields.Data];

    public string Origin => Text(JobFields.Origin) ?? "";

    public string? Status => Text(JobFields.Status);

    public string Description => Text(JobFields.Description) ?? "";

    public int? RetriesLeft => Count(JobFields.RetriesLeft);

    public bool RetriesAtFront => Text(JobFields.EnqueueAtFrontOnRetry) == "1";

    public string? OnAbandoned => Text(JobFields.OnAbandoned);

    public int Recoveries => Math.Max(Count(JobFields.Recoveries) ?? 0, 0);

    /// <summary>Since when workers have been giving the job back because they do not know its function; <c>null</c> when the last one did not.</summary>
    public DateTimeOffset? UnknownSince => Text(JobFields.LastOutcome) is null or "returned" ? Time(JobFields.UnknownSince) : null;

    /// <summary>Whether the job has ever waited for another: then it has a dependencies set.</summary>
    public bool HasDependencies => Text(JobFields.DependencyIds) is not null;

    /// <summary>Seconds; −1 none.</summary>
    public long? Timeout => Duration(JobFields.Timeout);

    /// <summary>Seconds; −1 keep for ever, 0 discard; <c>null</c> leaves it to the worker.</summary>
    public long? ResultTtl => Duration(JobFields.ResultTtl);

    /// <inheritdoc cref="ResultTtl"/>
    public long? FailureTtl => Duration(JobFields.FailureTtl);

    /// <summary>In the order the retries use them, see <see cref="Executions.RetryPolicy"/>.</summary>
    public IReadOnlyList<long> RetryIntervals => [.. (Json<long[]>(JobFields.RetryIntervals) ?? []).Select(seconds => Math.Clamp(seconds, 0, RqTime.MaxSeconds))];

    /// <summary>As it is stored, see <see cref="EndlessRepeats"/>.</summary>
    public int? RepeatsLeft => Number(JobFields.RepeatsLeft) is { } left ? (int)Math.Clamp(left, 0, EndlessRepeats.Stored) : null;

    public bool RepeatsForever => RepeatsLeft >= EndlessRepeats.Least;

    public DateTimeOffset? RepeatUntil => RqTime.ParseUnix(Text(JobFields.RepeatUntil));

    /// <inheritdoc cref="RetryIntervals"/>
    public IReadOnlyList<long> RepeatIntervals => [.. (Json<long[]>(JobFields.RepeatIntervals) ?? []).Select(seconds => Math.Clamp(seconds, 0, RqTime.MaxSeconds))];

    /// <summary>How often it was run again because it returned a <see cref="Retry"/>.</summary>
    public int NumberOfRetries => Math.Max(Count(JobFields.NumberOfRetries) ?? 0, 0);

    public CallbackName? SuccessCallback => CallbackOf(JobFields.SuccessCallbackName, JobFields.SuccessCallbackTimeout);

    public CallbackName? FailureCallback => CallbackOf(JobFields.FailureCallbackName, JobFields.FailureCallbackTimeout);

    public CallbackName? StoppedCallback => CallbackOf(JobFields.StoppedCallbackName, JobFields.StoppedCallbackTimeout);

    /// <inheritdoc cref="ResultTtl"/>
    public long? Ttl => Number(JobFields.Ttl) is > 0 and var seconds ? Math.Min(seconds, RqTime.MaxSeconds) : null;

    /// <summary>A limit that cannot be is none.</summary>
    public RateLimit? RateLimit
    {
        get
        {
            try
            {
                return Text(JobFields.RateLimitKey) is { } key ? new RateLimit(key, Count(JobFields.RateLimitConcurrency) ?? 1) : null;
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
    }

    public IReadOnlyList<string> DependencyIds => [.. (Json<string?[]>(JobFields.DependencyIds) ?? []).OfType<string>()];

    public RedisValue this[string field] => Fields[field];

    /// <summary>Reads the flat list of fields and values that a script returns for a hash.</summary>
    public static JobHash Read(string id, RedisResult flat) => new(id, HashFields.Read(flat));

    /// <summary>Reads the values of these fields; those that are null are absent.</summary>
    public static JobHash Read(string id, string[] names, ReadOnlySpan<RedisResult> values) => new(id, HashFields.Read(names, values));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static JobHash Read(string id, BinaryReader reader) => new(id, HashFields.Read(reader));

    /// <summary>Writes all fields, for another process.</summary>
    public void Write(BinaryWriter writer) => Fields.Write(writer);

    /// <summary>The same as if a field were absent.</summary>
    public JobHash Without(string field) => new(Id, Fields.Without(field));

    /// <summary>The field's text; <c>null</c> when it is absent or empty, which mean the same to every reader.</summary>
    public string? Text(string field) => (string?)this[field] is { Length: > 0 } text ? text : null;

    public long? Number(string field) =>
        long.TryParse(Text(field), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>A number that is too large is the largest there is: it must not become another one.</summary>
    public int? Count(string field) => Number(field) is { } number ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;

    /// <summary>Seconds within what servers accept; anything negative means for ever, as −1 does.</summary>
    private long? Duration(string field) => Number(field) is { } seconds ? Math.Clamp(seconds, -1, RqTime.MaxSeconds) : null;

    public DateTimeOffset? Time(string field) => RqTime.ParseTimestamp(Text(field));

    private CallbackName? CallbackOf(string name, string timeout) => Text(name) is { } function
        ? new CallbackName(function, TimeSpan.FromSeconds(Math.Clamp(Number(timeout) ?? 60, 1, RqTime.MaxSeconds)))
        : null;

    private T? Json<T>(string field)
        where T : class
    {
        if (Text(field) is not { } text)
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A callback as it is stored.</summary>
/// <param name="Function">The name of the function.</param>
/// <param name="Timeout">How long it may take.</param>
internal sealed record CallbackName(string Function, TimeSpan Timeout);
