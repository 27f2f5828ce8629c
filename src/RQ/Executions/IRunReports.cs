namespace RQ.Executions;

/// <summary>What a run tells its worker while it goes on, when it runs in a process of its own. The worker then also ends what does not heed its token.</summary>
internal interface IRunReports
{
    /// <summary>Takes what the job says about itself.</summary>
    IExecutionNotes Notes { get; }

    /// <summary>The function is about to be called.</summary>
    void Began(Execution execution);

    /// <summary>The function has ended, with this value or this exception, and the job can no longer be stopped; callbacks follow.</summary>
    void Claimed(Execution execution, object? value, Exception? exception);

    /// <summary>Code that nobody waits for any more still runs.</summary>
    void LeftBehind();
}
