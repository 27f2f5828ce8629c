using RQ.Executions;

namespace RQ;

/// <summary>
/// What a running job knows about itself: the job and its id, the worker and its name, the execution. A job method gets it by
/// having a parameter of this type, or from <see cref="Current"/>; it is never part of the stored call.
/// </summary>
public sealed class JobContext
{
    // What a job starts and leaves behind keeps what flowed into it. So that it neither keeps the context alive nor takes the job
    // for running, only the holder flows, and it is emptied at the end of the run.
    private static readonly AsyncLocal<Holder?> s_current = new();
    private readonly Holder _holder;
    private readonly ExecutionRun? _run;
    private readonly CancellationToken? _cancellationToken;

    /// <param name="job">The job.</param>
    /// <param name="executionId">Its execution.</param>
    /// <param name="workerName">Who runs it.</param>
    /// <param name="services">The services of the run.</param>
    /// <param name="run">The run; <c>null</c> when there is none.</param>
    /// <param name="cancellationToken">What the code is given; <c>null</c> for the token of the run.</param>
    internal JobContext(
        Job job, string executionId, string workerName, IServiceProvider? services, ExecutionRun? run, CancellationToken? cancellationToken)
    {
        Job = job;
        ExecutionId = executionId;
        WorkerName = workerName;
        Services = services;
        _run = run;
        _cancellationToken = cancellationToken;
        _holder = new Holder { Context = this };
    }

    /// <summary>
    /// The context of the job that runs in this flow of control, also in its filters and callbacks; <c>null</c> outside of one, and
    /// in what a job has started once the job's function has ended.
    /// </summary>
    public static JobContext? Current
    {
        get => s_current.Value?.Context;
        internal set => s_current.Value = value?._holder;
    }

    /// <summary>The job, as it was when it was taken; its id is <see cref="Job.Id"/>. In callbacks its status is the one about to be stored.</summary>
    public Job Job { get; }

    /// <summary>This execution's id, 32 hex digits. Each retry has another one.</summary>
    public string ExecutionId { get; }

    /// <summary>The name of the worker that runs it; <c>sync</c> when it runs in the process that enqueued it.</summary>
    public string WorkerName { get; }

    /// <summary>
    /// Which attempt this is, counted from 1. Above 1 the job was retried, or its worker died: work done before may be done again.
    /// </summary>
    public int Attempt => Job.Attempts + 1;

    /// <summary>The service provider of this run; <c>null</c> when the worker has none.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>
    /// Signalled when the job's time is over, when somebody stopped it, when the execution was lost to another worker, or when the
    /// worker must go at once. In a callback it is the callback's own.
    /// </summary>
    public CancellationToken CancellationToken => _cancellationToken ?? _run?.Running.Token ?? CancellationToken.None;

    /// <summary>
    /// Signalled when the worker has been told to stop and waits for this job, at most <see cref="WorkerOptions.ShutdownGrace"/>: a
    /// job that can end early, or keep what it has done so far, does so now. One that then ends with an
    /// <see cref="OperationCanceledException"/> is given back to the head of its queue and has not failed.
    /// </summary>
    public CancellationToken ShutdownToken => _run?.Running.Shutdown ?? CancellationToken.None;

    /// <summary>
    /// What the job returns: set when the function has returned, so that an <see cref="IExecutionFilter"/> can look at it and
    /// replace it. Setting it without calling the function makes it the job's result.
    /// </summary>
    public object? ReturnValue
    {
        get;
        set
        {
            field = value;
            HasReturnValue = true;
        }
    }

    internal bool HasReturnValue { get; private set; }

    /// <summary>Whether nobody waits for how this run ends any more.</summary>
    internal bool IsOver => _run?.Running.IsOver ?? false;

    /// <summary>The same run as a callback of it sees it.</summary>
    internal JobContext For(IServiceProvider? services, CancellationToken cancellationToken) =>
        new(Job, ExecutionId, WorkerName, services, _run, cancellationToken);

    /// <summary>Nothing that still runs sees it as the current one any more.</summary>
    internal void End() => _holder.Context = null;

    /// <summary>
    /// Says how far the job is; readers see it as <see cref="Job.Progress"/>. Costs the job nothing: it is written in the
    /// background, of many in a row only the newest, and before the job's end is stored. A server that is away fails nothing.
    /// </summary>
    /// <param name="fraction">From 0 to 1; what is outside counts as the nearer of the two.</param>
    /// <param name="text">What it is doing; cut to 4 KB. Default: none.</param>
    public void Progress(double fraction, string? text = null) => _run?.Notes?.Progress(fraction, text);

    /// <summary>
    /// Writes a line that readers see in <see cref="Job.GetLogAsync"/>. Costs the job nothing, as <see cref="Progress"/>. The last
    /// 1,000 lines are kept as long as the job is.
    /// </summary>
    /// <param name="line">The line; cut to 4 KB.</param>
    public void Log(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        _run?.Notes?.Log(line);
    }

    private sealed class Holder
    {
        public JobContext? Context { get; set; }
    }
}
