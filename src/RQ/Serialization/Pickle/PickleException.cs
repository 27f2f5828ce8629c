namespace RQ.Serialization;

/// <summary>
/// A pickle that is damaged, refers to something that is not data or is larger than the limits; or a value that
/// has no form as plain Python data. The message says which.
/// </summary>
internal sealed class PickleException(string message, Exception? inner = null) : Exception(message, inner);
