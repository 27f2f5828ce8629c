namespace RQ.Jobs;

/// <summary>
/// RQ knows no job that repeats for ever. Ours has so many repeats left that they never run out, so that Python's workers run it
/// too; they count down, ours do not.
/// </summary>
internal static class EndlessRepeats
{
    /// <summary>What is stored.</summary>
    public const int Stored = int.MaxValue;

    /// <summary>So many and more mean for ever: nobody comes down here by counting.</summary>
    public const int Least = 1_000_000_000;
}
