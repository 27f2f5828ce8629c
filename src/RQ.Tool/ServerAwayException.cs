namespace RQ.Tool;

/// <summary>The server cannot be reached now, but may be later: told in one line, exit code 1, unless the command waits for it.</summary>
internal sealed class ServerAwayException(string message, Exception innerException) : ToolException(message, innerException);
