namespace RQ;

/// <summary>Thrown by a job that knows that running it again would not help: it fails at once, however many retries are left.</summary>
public sealed class GiveUpException : RqException
{
    /// <summary>Fails the job for good.</summary>
    /// <param name="message">Why.</param>
    /// <param name="innerException">The cause.</param>
    public GiveUpException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
