namespace RQ.Serialization;

/// <summary>
/// Refuses keys that fall into one place of a hash table. Anybody can compute what a number hashes to, and each key is compared with all that are in its
/// place: a million that were chosen for it take hours, during which no time limit ends the job. Texts are hashed with a secret of the process.
/// </summary>
internal readonly struct KeySpread<T>
{
    /// <summary>So many in one place nobody notices. What comes by accident has some there; pairs of small numbers in one <see cref="long"/> may have hundreds.</summary>
    public const int Most = 1000;

    private readonly ushort[]? _places;

    /// <param name="count">How many keys there are at most.</param>
    /// <param name="capacity">How many places the table has.</param>
    public KeySpread(int count, int capacity) => _places = count > Most && typeof(T) != typeof(string) ? new ushort[capacity] : null;

    /// <summary>Counts a key that is new.</summary>
    /// <exception cref="DataBindingException">There are too many in its place.</exception>
    public void Add(T key)
    {
        if (_places is null)
            return;
        uint hash = (uint)(key?.GetHashCode() ?? 0);
        if (++_places[hash % (uint)_places.Length] > Most)
            throw new DataBindingException($"more than {Most} keys fall into one place of a hash table, where each is compared with all the others.");
    }
}
