namespace RQ.Executions;

/// <summary>Takes what a running job says about itself. The job never waits.</summary>
internal interface IExecutionNotes
{
    void Progress(double fraction, string? text);

    void Log(string line);

    /// <summary>The job has ended: waits until everything said so far is written, but not for long.</summary>
    Task FlushAsync();
}
