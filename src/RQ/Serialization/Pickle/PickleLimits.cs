namespace RQ.Serialization;

/// <summary>How far a pickle may go. Generous for data, and small enough that a hostile one stays cheap.</summary>
internal static class PickleLimits
{
    /// <summary>Containers within containers, for reading and writing.</summary>
    public const int Depth = 1_000;

    /// <summary>Tuples and frozensets within a dict key or set element.</summary>
    public const int KeyDepth = 100;

    /// <summary>
    /// Values in the result, counting a shared one each time it is reached. Text, bytes and big integers count one
    /// more for every <see cref="LengthPerValue"/> of their length.
    /// </summary>
    public const long Values = 10_000_000;

    /// <summary>See <see cref="Values"/>.</summary>
    public const int LengthPerValue = 64;

    /// <summary>Numbers of a range, of which the pickle only has the bounds.</summary>
    public const int RangeLength = 100_000;

    /// <summary>Bytes of one binary integer.</summary>
    public const int IntegerBytes = 1 << 20;

    /// <summary>Digits of one integer in text form; CPython itself stops at 4,300.</summary>
    public const int IntegerDigits = 10_000;

    /// <summary>Bytes of the numerator or denominator of a fraction: about a thousand digits.</summary>
    public const int FractionBytes = 400;
}
