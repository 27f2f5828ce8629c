namespace RQ.Serialization;

/// <summary>How far a pickle may go. Generous for data, and small enough that a hostile one stays cheap. Memory has its own: <see cref="MemoryBudget"/>.</summary>
internal static class PickleLimits
{
    /// <summary>Containers within containers, for reading and writing.</summary>
    public const int Depth = 1_000;

    /// <summary>Tuples and frozensets within a dict key or set element.</summary>
    public const int KeyDepth = 100;

    /// <summary>
    /// Values in the result, counting a shared one each time it is reached. Text and bytes count one more for every
    /// <see cref="LengthPerValue"/> of their length; big integers count by the time that their digits take.
    /// </summary>
    public const int Values = 10_000_000;

    /// <summary>Values of any pickle, however short.</summary>
    public const int LeastValues = 1_000_000;

    /// <summary>Values beyond those, for each byte of the pickle.</summary>
    public const int ValuesPerByte = 16;

    /// <summary>See <see cref="Values"/>.</summary>
    public const int LengthPerValue = 64;

    /// <summary>Units of work of any pickle, however short: a unit is a value in a call, or eight letters hashed.</summary>
    public const int LeastWork = 300_000;

    /// <summary>Units beyond those, for each byte of the pickle.</summary>
    public const int WorkPerByte = 16;

    /// <summary>Units of the longest pickle.</summary>
    public const int MostWork = 100_000_000;

    /// <summary>Numbers of a range, of which the pickle only has the bounds.</summary>
    public const int RangeLength = 100_000;

    /// <summary>Bytes of one binary integer: about as many as <see cref="IntegerDigits"/> need.</summary>
    public const int IntegerBytes = 4_153;

    /// <summary>Digits of one integer in text form; CPython itself stops at 4,300.</summary>
    public const int IntegerDigits = 10_000;

    /// <summary>Bytes of the numerator or denominator of a fraction: about a thousand digits.</summary>
    public const int FractionBytes = 400;
}
