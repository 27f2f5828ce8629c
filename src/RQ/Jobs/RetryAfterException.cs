namespace RQ;

/// <summary>
/// Thrown by a job that wants to be run again after a wait of its own choosing, for example because a server said when to come
/// back. It uses up one of the retries that are left; with none left the job fails.
/// </summary>
public sealed class RetryAfterException : RqException
{
    /// <summary>Asks for another run.</summary>
    /// <param name="after">The wait before it, instead of the one that <see cref="JobOptions.Retry"/> says. Rounded up to whole seconds; zero for at once.</param>
    /// <param name="message">Why; shown when the job fails in the end. Default: a text that names the wait.</param>
    /// <param name="innerException">The cause.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="after"/> is negative.</exception>
    public RetryAfterException(TimeSpan after, string? message = null, Exception? innerException = null)
        : base(message ?? $"The job asked to be run again after {after}.", innerException)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, TimeSpan.Zero);
        After = after;
    }

    /// <summary>The wait before the next run.</summary>
    public TimeSpan After { get; }
}
