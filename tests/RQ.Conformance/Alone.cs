using Xunit;

namespace RQ.Conformance;

/// <summary>Tests that measure time run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>
    /// Some of them wait for nearly all of their time, and disturb nobody: <c>./test.sh</c> runs those with one value of this trait beside those with another, in
    /// a process for each value, which it has to know. Without the trait a test has the machine for itself.
    /// </summary>
    public const string Waiting = "Waiting";
}
