namespace RQ.Serialization;

/// <summary>
/// A Python frozenset. Apart from its type it is an ordinary set; the type says that it is complete, so it may be a
/// dict key, and that it is written as a frozenset again.
/// </summary>
internal sealed class PickleFrozenSet() : HashSet<object>(PickleKeyComparer.Instance);
