namespace RQ;

/// <summary>One line that a running job wrote, see <see cref="JobContext.Log"/>.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Text">The line, at most 4 KB.</param>
/// <param name="ExecutionId">The execution that wrote it, 32 hex digits: each retry has another one.</param>
public sealed record JobLogLine(DateTimeOffset At, string Text, string ExecutionId);
