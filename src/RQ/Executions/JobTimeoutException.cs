namespace RQ;

/// <summary>The job took longer than its <see cref="JobOptions.Timeout"/>, or one of its callbacks longer than its <see cref="Callback.Timeout"/>. Stored as the reason of its failure, in RQ's words.</summary>
public sealed class JobTimeoutException : RqJobException
{
    internal JobTimeoutException(string jobId, TimeSpan timeout, bool ignored)
        : base(jobId, $"Task exceeded maximum timeout value ({(long)timeout.TotalSeconds} seconds)" +
            (ignored ? ". It went on all the same: its method takes no CancellationToken, or does not look at it." : ""))
    {
    }

    /// <summary>One of another process.</summary>
    internal JobTimeoutException(string jobId, string message)
        : base(jobId, message)
    {
    }

    internal JobTimeoutException(string jobId, TimeSpan timeout, string callback)
        : base(jobId, $"Task exceeded maximum timeout value ({(long)timeout.TotalSeconds} seconds) in '{callback}'")
    {
    }
}
