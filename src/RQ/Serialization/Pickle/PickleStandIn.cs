using System.Runtime.CompilerServices;

namespace RQ.Serialization;

/// <summary>
/// Stands in the tree for a value that the pickle has not completed yet, or that only becomes plain data once it is known
/// what it is used for: objects, which are remembered before they have their state, names and time zones. None of them is left in the result.
/// </summary>
internal abstract class PickleStandIn
{
    // One may stand for another, but nothing that Python writes goes on like this for long.
    private const int MaxSteps = 20;

    /// <summary>The value as plain data, apart from what it contains; never another stand-in.</summary>
    /// <exception cref="PickleException">It is no data.</exception>
    public static object? Resolved(object? value)
    {
        for (var steps = 0; value is PickleStandIn standIn; steps++)
        {
            if (steps == MaxSteps)
            {
                throw new PickleException("The pickle is damaged, or holds an object that contains itself.");
            }
            value = standIn.Resolve();
        }
        return value;
    }

    /// <summary>A net: nothing here goes as deep as the pickle says, and if it did, it would end the process.</summary>
    protected static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new PickleException("The pickle is damaged: it makes objects of objects too deep.");
        }
    }

    /// <summary>Takes the state of a BUILD.</summary>
    public virtual void Build(object? state, PickleKeys keys) =>
        throw new PickleException("The pickle sets the attributes of a name, which is not data.");

    /// <summary>What it stands for, which may be another stand-in.</summary>
    protected abstract object? Resolve();
}
