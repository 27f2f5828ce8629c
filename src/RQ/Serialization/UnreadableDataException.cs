namespace RQ.Serialization;

/// <summary>Stored bytes are not what they should be. The job that they belong to fails with this message.</summary>
internal sealed class UnreadableDataException(string message, Exception? innerException = null) : RqException(message, innerException);
