using Microsoft.Extensions.Logging;

namespace RQ;

/// <summary>How a worker works. Read once when the worker is made; later changes have no effect.</summary>
public sealed class WorkerOptions
{
    /// <summary>The name that it registers under, unique among living workers. Default: 32 random hex digits, as in RQ.</summary>
    public string? Name { get; set; }

    /// <summary>How many jobs it runs at once, in this process. At least 1; default 1.</summary>
    public int Concurrency { get; set; } = 1;

    /// <summary>Whether it ends when its queues are empty and its jobs done. Default: <c>false</c>.</summary>
    public bool Burst { get; set; }

    /// <summary>The functions that jobs may call. Default: only methods marked <see cref="JobAttribute"/>.</summary>
    public JobFunctions Functions { get; set; } = new();

    /// <summary>
    /// A format of your own in which jobs may be written, beside those of the connection and of RQ, which are always read. A job's
    /// result is written in the format of its call. Default: none.
    /// </summary>
    public JobSerializer? Serializer { get; set; }

    /// <summary>Makes the objects of instance methods, one scope per run. Default: none; then their parameterless constructors are used.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Where it tells what it does, in RQ's words. Default: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>How long results are kept of jobs that do not say so themselves; zero and infinite as for <see cref="JobOptions.ResultTtl"/>. Default 500 s.</summary>
    public TimeSpan ResultTtl { get; set; } = TimeSpan.FromSeconds(500);

    /// <summary>
    /// How long a job that is out of time may go on after its cancellation token was signalled, before it is failed without
    /// waiting for it any longer. Default 5 s.
    /// </summary>
    public TimeSpan TimeoutGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a stopping worker waits for its running jobs before it gives them back to their queues.
    /// Default: <see cref="Timeout.InfiniteTimeSpan"/>, as in RQ; containers are given 10–30 s by their platforms. A job that
    /// somebody stopped is not given back: it is stored as stopped, without its stopped callback when its function has not ended
    /// by then, and without waiting for the callback when that has begun. Webhooks that are still to be sent have the same time again.
    /// </summary>
    public TimeSpan ShutdownGrace { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How often registries are cleaned of what has expired. Default 10 min, as in RQ; also done at the start.</summary>
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether log lines show jobs' descriptions, not only their ids. Default: <c>true</c>.</summary>
    public bool LogJobDescription { get; set; } = true;

    /// <summary>
    /// Told about every failed attempt, in order, until one of them returns <c>false</c>. Default: none. See <see cref="JobExceptionHandler"/>.
    /// </summary>
    public IList<JobExceptionHandler> ExceptionHandlers { get; private set; } = [];

    /// <summary>
    /// Whether a job that failed for good gets only the status failed: it stays out of the failed registry and has no result. It is
    /// kept as long as any failed job (RQ keeps it for ever). RQ's <c>disable_default_exception_handler</c>, for those whose <see cref="ExceptionHandlers"/> do all that. Default: <c>false</c>.
    /// </summary>
    public bool DisableDefaultExceptionHandler { get; set; }

    /// <summary>Code around the run of every job, the first one outermost. Default: none.</summary>
    public ExecutionFilters ExecutionFilters { get; private set; } = new();

    /// <summary>Sends webhooks; the worker does not dispose of it. Its own time-out must not be shorter than those of the webhooks. Default: one that all workers of the process share.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>What timers can wait for is 49.7 days; a longer limit is none.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromDays(49);

    internal WorkerOptions Freeze()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaintenanceInterval, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TimeoutGrace, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ShutdownGrace, LongestWait);
        ArgumentOutOfRangeException.ThrowIfLessThan(Concurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaintenanceInterval, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeoutGrace, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(Functions);
        if (Name is not null && Name.Trim().Length == 0)
            throw new ArgumentException("WorkerOptions.Name must not be blank. Leave it null for a random name.");
        if (ShutdownGrace < TimeSpan.Zero && ShutdownGrace != Timeout.InfiniteTimeSpan)
            throw new ArgumentException("WorkerOptions.ShutdownGrace must not be negative; Timeout.InfiniteTimeSpan waits for ever.");
        if (ResultTtl < TimeSpan.Zero && ResultTtl != Timeout.InfiniteTimeSpan)
            throw new ArgumentException("WorkerOptions.ResultTtl must not be negative; zero deletes at once, Timeout.InfiniteTimeSpan keeps for ever.");
        var frozen = (WorkerOptions)MemberwiseClone();
        frozen.ExceptionHandlers = [.. ExceptionHandlers];
        frozen.ExecutionFilters = ExecutionFilters.Copy();
        return frozen;
    }
}
