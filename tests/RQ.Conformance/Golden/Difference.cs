namespace RQ.Conformance.Golden;

/// <summary>How what we left in Redis differs from what RQ left.</summary>
internal enum DifferenceKind
{
    /// <summary>RQ writes an empty text, we write nothing.</summary>
    Empty,

    /// <summary>RQ writes it, we do not.</summary>
    Missing,

    /// <summary>We write it, RQ does not.</summary>
    Extra,

    /// <summary>Both write the same, RQ compressed and we as it is.</summary>
    Plain,

    /// <summary>Both write the same moment, RQ in whole seconds and we more exactly.</summary>
    Fraction,

    /// <summary>Both write it, but not the same.</summary>
    Value,
}

/// <summary>One difference between a golden snapshot and ours.</summary>
/// <param name="Key">The key, with random ids replaced by <c>&lt;id&gt;</c>.</param>
/// <param name="Field">The field or member; <c>type</c>, <c>ttl</c> or <c>-</c> when it is about the key as a whole.</param>
/// <param name="Kind">What differs.</param>
/// <param name="Golden">What RQ wrote.</param>
/// <param name="Ours">What we wrote.</param>
internal sealed record Difference(string Key, string Field, DifferenceKind Kind, string? Golden = null, string? Ours = null)
{
    public override string ToString() => $"{Key} | {Field} | {Kind} (golden {Golden ?? "nothing"}, ours {Ours ?? "nothing"})";
}
