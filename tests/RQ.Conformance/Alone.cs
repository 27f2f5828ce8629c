using Xunit;

namespace RQ.Conformance;

/// <summary>Tests that measure time run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>
    /// A trait: <c>./test.sh</c> runs those with one value in a process of its own, after all that are not alone. Those of the value <c>Busy</c> have the machine for themselves; the
    /// others wait for nearly all of their time and disturb nobody, so the processes of the other values run beside each other.
    /// </summary>
    public const string Part = "Alone";
}
