namespace RQ.Executions;

/// <summary>What a run tells its worker while it goes on, when it runs in a process of its own. The worker then also ends what does not heed its token.</summary>
internal interface IRunReports
{
    /// <summary>Takes what the job says about itself.</summary>
    IExecutionNotes Notes { get; }

    /// <summary>The function is about to be called.</summary>
    void Began(Execution execution);

    /// <summary>The function has ended, well or with this exception, and the job can no longer be stopped.</summary>
    /// <param name="execution">The run.</param>
    /// <param name="exception">What it threw.</param>
    /// <param name="mayTakeLong">Whether code of the user's comes before the end: callbacks, handlers, whatever writes the value.</param>
    void Claimed(Execution execution, Exception? exception, bool mayTakeLong);

    /// <summary>Code that nobody waits for any more still runs.</summary>
    void LeftBehind();
}
