namespace RQ;

/// <summary>
/// Marks a method that may be run as a job: workers call it by its name even if its assembly was not handed to them as a
/// job assembly. What is set here holds for the calls that a lambda enqueues, unless the call's <see cref="JobOptions"/> say
/// otherwise; calls by name (<see cref="JobCall.To(string, object?[])"/>) know nothing of it. RQ's <c>@job</c>.
/// </summary>
/// <remarks>
/// A method that overrides a marked one is marked too, and has its options, unless it is marked itself. Names and aliases stay with the method that
/// was given them: the override is called by its own, <c>Namespace.Type.Method</c>.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JobAttribute : Attribute
{
    /// <summary>The method is called by its own name, <c>Namespace.Type.Method</c>.</summary>
    public JobAttribute()
    {
    }

    /// <summary>The method is called by another name.</summary>
    /// <param name="name">For example <c>"my_module.count_words_at_url"</c>, so that Python producers find it.</param>
    public JobAttribute(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The name that enqueued calls carry; <c>null</c> for the method's own.</summary>
    public string? Name { get; }

    /// <summary>Further names by which the method is found, such as those it had before. Default: none.</summary>
    public string[] Aliases { get; set; } = [];

    /// <summary>
    /// The queue for calls that are enqueued on a connection, <c>rq.EnqueueAsync(() =&gt; …)</c>; on a queue they go to that queue.
    /// Default: <c>"default"</c>.
    /// </summary>
    public string? Queue { get; set; }

    /// <summary>How many seconds one run may take; −1 for no limit. Default, shown as 0: the queue's (180 s).</summary>
    public int TimeoutSeconds { get => Defaults.Timeout ?? 0; set => Defaults.Timeout = value; }

    /// <summary>
    /// How many seconds the job and its result are kept after success; 0 deletes both at once, −1 keeps them for ever. Not set, it
    /// is left to the worker (500 s), unlike in RQ, whose decorator always stores 500. Shown as 0 when it is not set.
    /// </summary>
    public int ResultTtlSeconds { get => Defaults.ResultTtl ?? 0; set => Defaults.ResultTtl = value; }

    /// <summary>How many seconds the job is kept after it failed; 0 and −1 as for <see cref="ResultTtlSeconds"/>. Default, shown as 0: one year.</summary>
    public int FailureTtlSeconds { get => Defaults.FailureTtl ?? 0; set => Defaults.FailureTtl = value; }

    /// <summary>How many seconds the job may wait to be run; after that it vanishes. At least 1. Default, shown as 0: for ever.</summary>
    public int TtlSeconds { get => Defaults.Ttl ?? 0; set => Defaults.Ttl = value; }

    /// <summary>The text that people see. Default: the call.</summary>
    public string? Description { get; set; }

    /// <summary>Whether the job goes to the head of the queue; a call's options cannot take that back. Default: <c>false</c>.</summary>
    public bool AtFront { get; set; }

    /// <summary>How often a failed job is run again. Default: 0.</summary>
    public int MaxRetries { get; set; }

    /// <summary>How many seconds to wait before each retry, in order; the last one holds for all further retries. Default: none, which means at once.</summary>
    public int[] RetryIntervalsSeconds { get; set; } = [];

    /// <summary>
    /// Where the function runs, whatever the worker's <see cref="WorkerOptions.Isolation"/> is. Default: where the worker runs its jobs.
    /// Workers go by the attribute of the function they resolve, so it also holds for calls by name.
    /// </summary>
    public Isolation Isolation { get => Defaults.Isolation ?? Isolation.None; set => Defaults.Isolation = value; }

    /// <summary>The name of a function to be called after success, see <see cref="JobOptions.OnSuccess"/>. Default: none.</summary>
    public string? OnSuccess { get; set; }

    /// <summary>The name of a function to be called after each failed attempt, see <see cref="JobOptions.OnFailure"/>. Default: none.</summary>
    public string? OnFailure { get; set; }

    /// <summary>The name of a function to be called when the job was stopped, see <see cref="JobOptions.OnStopped"/>. Default: none.</summary>
    public string? OnStopped { get; set; }

    /// <summary>What was set, as against what is shown.</summary>
    internal RQ.Functions.JobDefaults Defaults { get; } = new();
}
