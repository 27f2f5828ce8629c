using Microsoft.Extensions.Logging;
using RQ.Executions;

namespace RQ;

/// <summary>How a worker works. Read once when the worker is made; later changes have no effect.</summary>
public class WorkerOptions
{
    /// <summary>The name that it registers under, unique among living workers; not <c>sync</c>. Default: 32 random hex digits, as in RQ.</summary>
    public string? Name { get; set; }

    /// <summary>How many jobs it runs at once, in this process. At least 1; default 1.</summary>
    public int Concurrency { get; set; } = 1;

    /// <summary>
    /// Where jobs run, unless the function says otherwise (<see cref="JobAttribute.Isolation"/>). Default: <see cref="Isolation.None"/>,
    /// in this process; the <c>rq worker</c> command uses <see cref="Isolation.WorkHorse"/>.
    /// </summary>
    public Isolation Isolation { get; set; } = Isolation.None;

    /// <summary>How work horses are kept, for the isolations that use them.</summary>
    public WorkHorseOptions WorkHorses { get; private set; } = new();

    /// <summary>Whether it ends when its queues are empty and its jobs done. Default: <c>false</c>.</summary>
    public bool Burst { get; set; }

    /// <summary>After how many executions it ends, failed ones and retries included. At least 1; default: none.</summary>
    public long? MaxJobs { get; set; }

    /// <summary>
    /// After what time without a job it ends, counted anew after each job. It runs on while any job runs. No effect on a burst
    /// worker. Default: none.
    /// </summary>
    public TimeSpan? MaxIdleTime { get; set; }

    /// <summary>Which queue is looked at first. Default: <see cref="DequeueStrategy.Default"/>, in the order in which they are listed.</summary>
    public DequeueStrategy DequeueStrategy { get; set; } = DequeueStrategy.Default;

    /// <summary>For <see cref="DequeueStrategy.Weighted"/>: how often each queue is looked at first, in relation to the others. At least 1; queues that are not named here have 1.</summary>
    public IDictionary<string, int> QueueWeights { get; private set; } = new Dictionary<string, int>();

    /// <summary>
    /// How long a job whose function this worker does not know is given back to its queue, for other workers to take, before it fails:
    /// during a deployment old and new workers run side by side. Counted from the first worker that did not know it. Default: none, it
    /// fails at once.
    /// </summary>
    public TimeSpan? UnknownFunctionGrace { get; set; }

    /// <summary>
    /// What happens to a callback whose function this worker does not know. Default: <see cref="UnknownCallback.HandOver"/>, it becomes a job of its
    /// own. A worker of this library that takes such a job and does not know it either gives it back, behind the others of its queue, for as long as
    /// one of Python's workers serves the queue (or was there less than 30 s ago, or the worker itself is younger), for 10 minutes at most; then the job fails. Each turn takes up a slot
    /// for a second, so give such callbacks a queue that these workers do not serve, by <see cref="CallbackQueue"/>. With <see cref="UnknownFunctionGrace"/> they have that
    /// time instead, whoever serves the queue. A burst worker takes no time for them and leaves them when it ends. RQ's workers fail a callback that they do not know.
    /// </summary>
    public UnknownCallback UnknownCallback { get; set; }

    /// <summary>The queue on which callbacks go that are handed over (<see cref="UnknownCallback"/>). Default: the one of their job.</summary>
    public string? CallbackQueue { get; set; }

    /// <summary>
    /// Whether it also moves the scheduled jobs of its queues when they are due, and runs the cron schedules: as a <see cref="Scheduler"/> beside it. Of many workers that
    /// do, one at a time does it for each queue. A burst worker moves once what is due. Default: <c>false</c>; <c>true</c> for hosted workers and in worker pools.
    /// </summary>
    public bool WithScheduler { get; set; }

    /// <summary>
    /// Whether a worker with a scheduler stores the schedules of methods marked <see cref="CronAttribute"/> at its start, one table for each assembly. A burst
    /// worker stores none. Default: <c>true</c>.
    /// </summary>
    public bool RegisterCron { get; set; } = true;

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
    /// How long a job that is out of time, or was stopped, may go on after its cancellation token was signalled. After that its work
    /// horse is killed; in this process it is failed without waiting for it any longer. Default 5 s.
    /// </summary>
    public TimeSpan TimeoutGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a stopping worker waits for its running jobs; then its work horses are killed, and <see cref="OnShutdown"/> says
    /// what becomes of the jobs. Default 25 s: platforms give containers 10–30 s. <see cref="Timeout.InfiniteTimeSpan"/> waits for
    /// ever, as RQ does. A job that somebody stopped is not given back: it is stored as stopped, without its stopped callback when
    /// its function has not ended by then, and without waiting for the callback when that has begun. Webhooks that are still to be
    /// sent have the same time again.
    /// </summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>What becomes of jobs that a stopping worker can no longer wait for. Default: they are given back to the heads of their queues.</summary>
    public ShutdownPolicy OnShutdown { get; set; } = ShutdownPolicy.GiveBack;

    /// <summary>
    /// How often a worker says in the records that Python's readers see that a running job is alive. They take it for abandoned
    /// a minute later. Default 30 s, RQ's <c>job_monitoring_interval</c>. How soon a dead .NET worker is noticed does not depend on it.
    /// </summary>
    public TimeSpan MonitoringInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the worker's record is kept after its last sign of life while it is idle, and a minute more. Default 420 s, RQ's <c>worker_ttl</c>.</summary>
    public TimeSpan WorkerTtl { get; set; } = TimeSpan.FromSeconds(420);

    /// <summary>How often registries are cleaned of what has expired. Default 10 min, as in RQ; also done at the start. Groups and rate limits are looked at every minute, or as often as this if that is more often.</summary>
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether log lines show jobs' descriptions, not only their ids. Default: <c>true</c>.</summary>
    public bool LogJobDescription { get; set; } = true;

    /// <summary>Whether a log line says how long each result is kept. Default: <c>true</c>.</summary>
    public bool LogResultLifespan { get; set; } = true;

    /// <summary>
    /// Told about every failed attempt, in order, until one of them returns <c>false</c>. Default: none. See <see cref="JobExceptionHandler"/>.
    /// </summary>
    public IList<JobExceptionHandler> ExceptionHandlers { get; private set; } = [];

    /// <summary>
    /// Told, in the worker's process, when a work horse has died while it ran a job, before the failure is recorded; not when
    /// somebody stopped the job or its time was over. What it throws is logged. Default: none. RQ's <c>work_horse_killed_handler</c>.
    /// </summary>
    public Func<WorkHorseKilled, ValueTask>? WorkHorseKilledHandler { get; set; }

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

    /// <summary>How often what has no lease is looked through: what Python's workers leave when they die. Set by tests only.</summary>
    internal TimeSpan LeftoversInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What the worker is called in its program, where it may have no <see cref="Name"/>.</summary>
    internal string? NameInProgram { get; set; }

    /// <summary>By what a work horse finds the worker of its program whose work it does; <c>null</c> when there is only what the worker serves.</summary>
    internal string? GivenName => NameInProgram ?? Name;

    internal WorkerOptions Freeze()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaintenanceInterval, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TimeoutGrace, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ShutdownGrace, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MonitoringInterval, LongestWait);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WorkerTtl, LongestWait);
        ArgumentOutOfRangeException.ThrowIfLessThan(Concurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MonitoringInterval, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(WorkerTtl, TimeSpan.FromSeconds(1));
        if (MaxJobs is < 1)
            throw new ArgumentException($"WorkerOptions.MaxJobs must be at least 1; it is {MaxJobs}. Leave it null for no limit.");
        if (MaxIdleTime is { } idle && (idle <= TimeSpan.Zero || idle > LongestWait))
            throw new ArgumentException($"WorkerOptions.MaxIdleTime must be above zero and at most {LongestWait.TotalDays} days. Leave it null for no limit.");
        if (UnknownFunctionGrace is { } grace && grace <= TimeSpan.Zero)
            throw new ArgumentException("WorkerOptions.UnknownFunctionGrace must be above zero. Leave it null to let such jobs fail at once.");
        if (QueueWeights.FirstOrDefault(weight => weight.Value < 1) is { Key: { } light })
            throw new ArgumentException($"WorkerOptions.QueueWeights: the weight of '{light}' must be at least 1.");
        if (!Enum.IsDefined(DequeueStrategy) || !Enum.IsDefined(Isolation) || !Enum.IsDefined(OnShutdown) || !Enum.IsDefined(UnknownCallback))
            throw new ArgumentException("WorkerOptions.DequeueStrategy, Isolation, OnShutdown or UnknownCallback has a value that does not exist.");
        if (CallbackQueue is { Length: 0 })
            throw new ArgumentException("WorkerOptions.CallbackQueue must not be empty. Leave it null for the queue of each job.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaintenanceInterval, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeoutGrace, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(Functions);
        if (Name is not null && Name.Trim().Length == 0)
            throw new ArgumentException("WorkerOptions.Name must not be blank. Leave it null for a random name.");
        if (Name == InlineExecution.WorkerName)
            throw new ArgumentException($"WorkerOptions.Name must not be '{Name}': jobs that run in their caller have that.");
        if (ShutdownGrace < TimeSpan.Zero && ShutdownGrace != Timeout.InfiniteTimeSpan)
            throw new ArgumentException("WorkerOptions.ShutdownGrace must not be negative; Timeout.InfiniteTimeSpan waits for ever.");
        if (ResultTtl < TimeSpan.Zero && ResultTtl != Timeout.InfiniteTimeSpan)
            throw new ArgumentException("WorkerOptions.ResultTtl must not be negative; zero deletes at once, Timeout.InfiniteTimeSpan keeps for ever.");
        var frozen = (WorkerOptions)MemberwiseClone();
        frozen.ExceptionHandlers = [.. ExceptionHandlers];
        frozen.ExecutionFilters = ExecutionFilters.Copy();
        frozen.QueueWeights = new Dictionary<string, int>(QueueWeights);
        frozen.WorkHorses = WorkHorses.Freeze();
        return frozen;
    }
}
