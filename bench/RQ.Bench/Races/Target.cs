namespace RQ.Bench.Races;

/// <summary>What a figure should be.</summary>
/// <param name="Least">No less than this.</param>
/// <param name="Most">No more than this.</param>
internal sealed record Target(double? Least, double? Most)
{
    public static Target AtLeast(double least) => new(least, null);

    public static Target AtMost(double most) => new(null, most);

    public static Target Between(double least, double most) => new(least, most);

    public bool IsMetBy(double value) => !(value < Least) && !(value > Most);

    /// <summary>Without spaces, such as <c>&gt;=1.8</c> or <c>0.9..1.1</c>.</summary>
    public override string ToString() => (Least, Most) switch
    {
        ({ } least, { } most) => FormattableString.Invariant($"{least}..{most}"),
        ({ } least, null) => FormattableString.Invariant($">={least}"),
        _ => FormattableString.Invariant($"<={Most}"),
    };
}
