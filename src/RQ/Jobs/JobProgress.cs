namespace RQ;

/// <summary>How far a running job said it is, see <see cref="JobContext.Progress"/>.</summary>
/// <param name="Fraction">From 0 to 1.</param>
/// <param name="Text">What it is doing; <c>null</c> when it did not say.</param>
/// <param name="At">When it said so.</param>
public sealed record JobProgress(double Fraction, string? Text, DateTimeOffset At);
