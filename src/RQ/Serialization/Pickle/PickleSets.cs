using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace RQ.Serialization;

/// <summary>Tells sets, which have no non-generic interface, from other sequences.</summary>
internal static class PickleSets
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    public static bool IsSet(IEnumerable value) =>
        value is not Array && (value is ISet<object> or ISet<string> || Known.GetOrAdd(value.GetType(), ImplementsSet));

    [UnconditionalSuppressMessage("Trimming", "IL2070",
        Justification = "An interface that trimming removed is of no set anyone uses as one; it is then written as a list.")]
    private static bool ImplementsSet(Type type) => type.GetInterfaces().Any(i =>
        i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(ISet<>) || i.GetGenericTypeDefinition() == typeof(IReadOnlySet<>)));
}
