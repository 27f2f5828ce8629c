namespace RQ;

/// <summary>
/// How a job is to be run and kept. Durations are written to Redis in whole seconds, rounded up.
/// The same options may be used for several jobs, except for <see cref="Id"/>.
/// </summary>
public sealed record JobOptions
{
    /// <summary>
    /// The job's id: one or more of <c>A-Z a-z 0-9 _ -</c>. Default: a new UUID. An id that is queued, deferred or
    /// scheduled is replaced by the new job; one that has ended starts anew.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>
    /// How long one run may take. At least 1 s; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit.
    /// Default: the queue's (180 s).
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// How long the job and its result are kept after success. Zero deletes both at once;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> keeps them for ever. Default: the worker's (500 s).
    /// </summary>
    public TimeSpan? ResultTtl { get; init; }

    /// <summary>How long the job is kept after it failed or was stopped; zero and infinite as for <see cref="ResultTtl"/>. Default: one year.</summary>
    public TimeSpan? FailureTtl { get; init; }

    /// <summary>
    /// How long the job may wait to be run; after that it vanishes. One that waits for other jobs is failed instead, with the reason, by
    /// workers' maintenance; where there is none its hash expires a day later. At least 1 s. Default: for ever.
    /// </summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The text that people see. Default: the call, such as <c>Words.CountAtUrl('http://nvie.com')</c>.</summary>
    public string? Description { get; init; }

    /// <summary>Whether the job goes to the head of the queue. Of several, the last one enqueued runs first. Default: <c>false</c>.</summary>
    public bool AtFront { get; init; }

    /// <summary>Values of your own, stored with the job and readable from Python. Default: none.</summary>
    public IReadOnlyDictionary<string, object?>? Meta { get; init; }

    /// <summary>The jobs that must have finished first: <c>DependsOn = [job]</c>, or a <see cref="Dependency"/> with its own options. Default: none.</summary>
    public Dependency? DependsOn { get; init; }

    /// <summary>What happens when the job fails. Default: it is not run again.</summary>
    public Retry? Retry { get; init; }

    /// <summary>Whether, after it has finished, the job is run again. Default: it is not.</summary>
    public Repeat? Repeat { get; init; }

    /// <summary>Called after the function has returned and before anything is stored; if it throws, the job fails. Default: none.</summary>
    public Callback? OnSuccess { get; init; }

    /// <summary>Called after each failed attempt, before it is stored. Default: none.</summary>
    public Callback? OnFailure { get; init; }

    /// <summary>Called when somebody stopped the job while it ran; as with the other two, a method of yours behind a Python stub is enqueued as a job, see <see cref="RQ.Callback.AsJob"/>. Default: none.</summary>
    public Callback? OnStopped { get; init; }

    /// <summary>Requests to be sent when the job has ended. Default: none.</summary>
    public IReadOnlyList<Webhook>? Webhooks { get; init; }

    /// <summary>The name of the group that the job belongs to. Default: none.</summary>
    public string? Group { get; init; }

    /// <summary>How many jobs of its kind may be queued or running at once. Default: any number.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Whether the job is refused when another one has its <see cref="Id"/>, which must then be given. Default: <see cref="UniqueJob.No"/>.</summary>
    public UniqueJob Unique { get; init; }

    /// <summary>When the job is due: it is scheduled until then. A scheduler must run: a worker with one (<see cref="WorkerOptions.WithScheduler"/>), a <see cref="Scheduler"/>, or Python's. Not beside <see cref="DueIn"/>. Default: at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How long from now the job is due; see <see cref="DueAt"/>. Default: at once.</summary>
    public TimeSpan? DueIn { get; init; }

    /// <summary>What happens when the worker dies while it runs the job. Default: <see cref="AbandonedJob.Requeue"/>.</summary>
    public AbandonedJob OnAbandoned { get; init; }

    /// <summary>
    /// How the call and the metadata are written; the result, and what is written about the job later, is in the same format. A format
    /// of your own is read over the same connection from then on; workers and readers elsewhere must know it too. Default: the queue's.
    /// </summary>
    public JobSerializer? Serializer { get; init; }

    /// <summary>What makes the job a callback of another one; <c>null</c> for most.</summary>
    internal RQ.Jobs.CallbackLink? Callback { get; init; }
}

/// <summary>What happens to a job whose worker died while it ran.</summary>
public enum AbandonedJob
{
    /// <summary>It goes back to the head of its queue, at most 3 times; its retries are not used up. So it may run twice.</summary>
    Requeue,

    /// <summary>It counts as failed: retried when it has retries left, else kept as failed. So it runs at most once without retries.</summary>
    Fail,
}
