namespace RQ.Serialization;

/// <summary>
/// The memory that what is read may take besides its texts and bytes, about. A byte can ask for a whole dict, so a small job could exhaust
/// a worker: it may have some memory in proportion to its length, and never more than <see cref="Most"/>.
/// </summary>
internal sealed class MemoryBudget(int length)
{
    public const int Dict = 112;
    public const int DictItem = 56;
    public const int Set = 72;
    public const int SetItem = 48;
    public const int List = 40;

    /// <summary>An item of a list or tuple, with the number that it may be.</summary>
    public const int Item = 32;

    /// <summary>Enough for ten million values.</summary>
    public const long Most = 512 * 1024 * 1024;

    private const long Least = 64 * 1024 * 1024;
    private const int PerByte = 32;

    private long _left = Math.Min(Least + ((long)length * PerByte), Most);

    /// <summary>Takes so many bytes.</summary>
    /// <returns>Whether there were as many.</returns>
    public bool Take(long bytes) => (_left -= bytes) >= 0;
}
