namespace RQ.Serialization;

/// <summary>Data does not fit the type it is wanted as.</summary>
/// <param name="reason">What does not fit, and why.</param>
/// <param name="innerException">The cause.</param>
internal sealed class DataBindingException(string reason, Exception? innerException = null) : RqException(reason, innerException)
{
    /// <summary>What does not fit, without the place.</summary>
    public string Reason => base.Message;

    /// <summary>Where in the value it is, such as <c>.orders[2].price</c>; empty for the value itself.</summary>
    public string Path { get; private set; } = "";

    /// <inheritdoc/>
    public override string Message => Path.Length == 0 ? Reason : $"At '{Path.TrimStart('.')}': {Reason}";

    /// <summary>
    /// Notes on the way out what the misfit is in. For exception filters: the answer is always <c>false</c>, so that the exception
    /// is not caught and thrown again at every level of a deep value.
    /// </summary>
    public bool IsIn(string place)
    {
        Path = place + Path;
        return false;
    }
}
