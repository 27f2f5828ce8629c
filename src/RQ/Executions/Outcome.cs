namespace RQ.Executions;

/// <summary>How an execution ended, as a value: decided in one place, applied in another.</summary>
internal abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>The function returned.</summary>
    /// <param name="Value">The return value as stored bytes; <c>null</c> for none.</param>
    internal sealed record Finished(byte[]? Value) : Outcome;

    /// <summary>The function did not return, and the job is not run again.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="IsListed">Whether it is put into the failed registry with a result; if not, only its status says so.</param>
    internal sealed record Failed(Failure Failure, bool IsListed = true) : Outcome;

    /// <summary>The function returned a <see cref="Retry"/>, and the job is run again.</summary>
    /// <param name="After">The wait; zero for at once.</param>
    /// <param name="NumberOfRetries">How often it was run again so, this time included.</param>
    /// <param name="AtFront">Whether it goes to the head of its queue.</param>
    internal sealed record RetriedByItself(TimeSpan After, int NumberOfRetries, bool AtFront) : Outcome;

    /// <summary>The function returned a <see cref="Retry"/> once too often: the job has failed.</summary>
    internal sealed record RetriesExceeded(Failure Failure) : Outcome;

    /// <summary>Somebody stopped the job while it ran. It is not run again.</summary>
    internal sealed record Stopped(Failure Failure) : Outcome;

    /// <summary>The function did not return, and the job is run again.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="After">The wait; zero for at once.</param>
    /// <param name="RetriesLeft">How many are left after this one.</param>
    /// <param name="AtFront">Whether it goes to the head of its queue.</param>
    internal sealed record Retried(Failure Failure, TimeSpan After, int RetriesLeft, bool AtFront) : Outcome;

    /// <summary>The execution did not get to an end; the job goes back to its queue and no retry is used up.</summary>
    /// <param name="UnknownSince">
    /// When the first worker found that it does not know the function; then the job goes to the tail, for other workers. <c>null</c> for any
    /// other reason; then it goes to the head.
    /// </param>
    internal sealed record GivenBack(DateTimeOffset? UnknownSince = null) : Outcome;
}

/// <summary>Why an execution failed.</summary>
/// <param name="Text">What is stored: the exception with its stack trace.</param>
/// <param name="Exception">The exception, when there was one in this process.</param>
internal sealed record Failure(string Text, Exception? Exception = null)
{
    /// <summary>RQ's words for a stopped job.</summary>
    public const string StoppedText = "Job stopped by user, work-horse terminated.";

    /// <summary>Of a job that a stopping worker did not wait for, see <see cref="ShutdownPolicy.Fail"/>.</summary>
    public const string ShutdownText = "worker shut down";

    public static Failure Of(Exception exception) => new(WithoutOurFrames(exception.ToString()), exception);

    /// <summary>The same failure, when telling of it failed too: as in Python, the newer exception comes to the front.</summary>
    public Failure After(Exception newer) => this with { Text = $"{WithoutOurFrames(newer.ToString())}\nwhile handling: {Text}" };

    // The last lines of the trace are how the worker called the function, the same for every job.
    private static string WithoutOurFrames(string text)
    {
        int end = text.Length;
        while (true)
        {
            int start = text.LastIndexOf('\n', end - 1) + 1;
            ReadOnlySpan<char> line = text.AsSpan(start, end - start).Trim();
            bool isOurs = line.StartsWith("at RQ.Functions.") || line.StartsWith("at RQ.Executions.") || line.StartsWith("at RQ.Workers.") || line.StartsWith("at RQ.ExecutionFilters.")
                || line.StartsWith("at InvokeStub_") || line.StartsWith("at System.Reflection.") || line.StartsWith("--- End of stack trace");
            if (!isOurs || start == 0)
                return text[..end];
            end = start - 1;
        }
    }
}
