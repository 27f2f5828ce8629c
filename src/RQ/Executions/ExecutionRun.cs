using RQ.Workers;

namespace RQ.Executions;

/// <summary>What belongs to one run of an execution. What few jobs need is made when it is asked for.</summary>
internal sealed class ExecutionRun(WorkerSetup setup, RunningExecution running)
{
    private static readonly ExecutionNotes s_closed = new(null!, null!);
    private IExecutionNotes? _notes;

    public RunningExecution Running { get; } = running;

    public Execution Execution => Running.Execution;

    /// <summary>Shared by the function and the callbacks.</summary>
    public Job Job { get; } = new(setup.Connection, running.Execution.Job);

    /// <summary>What is called, for the log. RQ's word when the call cannot be read.</summary>
    public string Function { get; set; } = "<DeserializationError>";

    /// <summary>The format of the job's data, in which its result is written too.</summary>
    public JobSerializer? Serializer { get; set; }

    /// <summary>Takes what the job says about itself; <c>null</c> when it has ended.</summary>
    public IExecutionNotes? Notes
    {
        get
        {
            IExecutionNotes? notes = Volatile.Read(ref _notes);
            if (notes is null)
            {
                IExecutionNotes made = setup.Reports?.Notes ?? new ExecutionNotes(setup, Execution);
                notes = Interlocked.CompareExchange(ref _notes, made, null) ?? made;
            }

            return notes == s_closed ? null : notes;
        }
    }

    /// <summary>For the function, with the token of the run.</summary>
    public JobContext ContextFor(IServiceProvider? services) => new(Job, Execution.Id, setup.Name, services, this, cancellationToken: null);

    /// <summary>For a callback, which gets services and a token of its own when it is called.</summary>
    public JobContext ContextFor() => new(Job, Execution.Id, setup.Name, services: null, this, CancellationToken.None);

    /// <summary>Waits until all that the job has said is written, but not for long. What it says from now on is not heard.</summary>
    public Task FlushNotesAsync() => Interlocked.CompareExchange(ref _notes, s_closed, null)?.FlushAsync() ?? Task.CompletedTask;
}
