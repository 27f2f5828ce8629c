namespace RQ;

/// <summary>The base of every error that RQ itself raises. Errors of the connection stay those of StackExchange.Redis.</summary>
public class RqException : Exception
{
    /// <summary>Creates the error.</summary>
    public RqException()
    {
    }

    /// <summary>Creates the error with a message.</summary>
    /// <param name="message">What happened, and the way out.</param>
    public RqException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with a message and its cause.</summary>
    /// <param name="message">What happened, and the way out.</param>
    /// <param name="innerException">The cause.</param>
    public RqException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
