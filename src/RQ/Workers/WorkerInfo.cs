using System.Globalization;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// What a worker, of this library or of Python RQ, says about itself, as it was when it was read. Everything but the name may be
/// missing: old workers write less.
/// </summary>
public sealed record WorkerInfo
{
    private WorkerInfo(string name) => Name = name;

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The names of its queues, the most important first.</summary>
    public IReadOnlyList<string> Queues { get; private init; } = [];

    /// <summary>What it does: RQ's <c>started</c>, <c>idle</c>, <c>busy</c> or <c>suspended</c>, as stored; <c>?</c> when it does not say.</summary>
    public string State { get; private init; } = "?";

    /// <summary>Whether it runs a job.</summary>
    public bool IsBusy => State == "busy";

    /// <summary>The name of its machine.</summary>
    public string? HostName { get; private init; }

    /// <summary>Its end of its connection to Redis, <c>address:port</c>; <c>unknown</c> when it could not find out.</summary>
    public string? IpAddress { get; private init; }

    /// <summary>The id of its process.</summary>
    public int? ProcessId { get; private init; }

    /// <summary>When it registered.</summary>
    public DateTimeOffset? Birth { get; private init; }

    /// <summary>Its last sign of life here: every 30 s while it works, of idle Python workers every 405 s at least. How dead workers are found does not depend on it.</summary>
    public DateTimeOffset? LastHeartbeat { get; private init; }

    /// <summary>The version of its RQ.</summary>
    public string? Version { get; private init; }

    /// <summary>What it runs on, such as <c>.NET 10.0.2</c> or Python's version text.</summary>
    public string? Runtime { get; private init; }

    /// <summary>The job that it runs; of several the one that runs longest. RQ's <c>get_current_job_id</c>; the job itself is got by <see cref="Job.FetchAsync"/>.</summary>
    public string? CurrentJobId { get; private init; }

    /// <summary>All that it runs. Python workers up to 2.10 do not tell: then only <see cref="CurrentJobId"/> does.</summary>
    public IReadOnlyList<WorkerExecution> CurrentExecutions { get; private init; } = [];

    /// <summary>How many jobs it has finished since it registered.</summary>
    public long SuccessfulJobCount { get; private init; }

    /// <summary>How many executions have failed, retries included, since it registered.</summary>
    public long FailedJobCount { get; private init; }

    /// <summary>How long its jobs have run in all; longer than it has lived when it runs several at once.</summary>
    public TimeSpan TotalWorkingTime { get; private init; }

    /// <summary>When it was told to stop while it worked.</summary>
    public DateTimeOffset? ShutdownRequestedAt { get; private init; }

    /// <summary>When it left, or was found dead; its record is kept for another minute.</summary>
    public DateTimeOffset? Death { get; private init; }

    /// <summary>Whether it is one of this library's; else it is one of Python's.</summary>
    internal bool IsOfThisLibrary { get; private init; }

    internal static WorkerInfo Read(string name, RedisValue[] flat, string[] executions)
    {
        var fields = new Dictionary<string, string>();
        for (int i = 0; i + 1 < flat.Length; i += 2)
            fields[(string)flat[i]!] = (string)flat[i + 1]!;
        string? Text(string field) => fields.GetValueOrDefault(field) is { Length: > 0 } text ? text : null;
        DateTimeOffset? Time(string field) => RqTime.ParseTimestamp(Text(field));
        long Count(string field) => long.TryParse(Text(field), NumberStyles.Integer, CultureInfo.InvariantCulture, out long count) ? count : 0;

        WorkerExecution[] running = [.. executions.Order(StringComparer.Ordinal).Select(WorkerExecution.Parse)];
        return new WorkerInfo(name)
        {
            Queues = (Text("queues") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries),
            State = Text("state") ?? "?",
            HostName = Text("hostname"),
            IpAddress = Text("ip_address"),
            ProcessId = Count("pid") is > 0 and <= int.MaxValue and var id ? (int)id : null,
            Birth = Time("birth"),
            LastHeartbeat = Time("last_heartbeat"),
            Version = Text("version"),
            Runtime = Text("python_version"),
            CurrentJobId = Text("current_job") ?? running.FirstOrDefault()?.JobId,
            CurrentExecutions = running,
            SuccessfulJobCount = Count("successful_job_count"),
            FailedJobCount = Count("failed_job_count"),
            TotalWorkingTime = Seconds(Text("total_working_time")),
            ShutdownRequestedAt = Time("shutdown_requested_date"),
            Death = Time("death"),
            IsOfThisLibrary = fields.ContainsKey("incarnation"),
        };
    }

    private static TimeSpan Seconds(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < RqTime.MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;
}

/// <summary>One execution that a worker has under way.</summary>
/// <param name="JobId">The job.</param>
/// <param name="ExecutionId">The execution, 32 hex digits.</param>
public sealed record WorkerExecution(string JobId, string ExecutionId)
{
    internal static WorkerExecution Parse(string member)
    {
        int colon = member.LastIndexOf(':');
        return colon < 0 ? new WorkerExecution(member, "") : new WorkerExecution(member[..colon], member[(colon + 1)..]);
    }
}
