namespace RQ.Model.Plays;

/// <summary>The clock of a play: that of the server and of all clients.</summary>
internal sealed class ModelTime : TimeProvider
{
    /// <summary>µs; begins at a whole second.</summary>
    public long Now { get; set; } = 1_900_000_000_000_000;

    public DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch.AddTicks(Now * 10);

    public override DateTimeOffset GetUtcNow() => UtcNow;
}
