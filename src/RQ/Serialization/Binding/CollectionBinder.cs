using System.Collections;

namespace RQ.Serialization;

/// <summary>Finds the binder for a type that is a collection. Items are bound one by one to the type that the collection holds.</summary>
internal static class CollectionBinder
{
    /// <summary><c>null</c> for a type that is no collection, or that cannot be filled.</summary>
    public static Func<object, object?>? Of(Type type)
    {
        if (type.IsArray && !type.IsSZArray)
            return new GridBinder(type).Bind;
        if (MapOf(type) is { } map)
            return Make(typeof(MapBinder<,>), map.GetGenericArguments(), type);
        return ItemOf(type) is { } item ? Make(typeof(SequenceBinder<>), [item], type) : null;
    }

    public static bool IsMap(Type type) => MapOf(type) is not null;

    private static Type? MapOf(Type type) => DataContracts.Implements(type, typeof(IDictionary<,>)) ?? DataContracts.Implements(type, typeof(IReadOnlyDictionary<,>));

    /// <summary>Whether the type says that items may be added, which an array refuses.</summary>
    public static bool Grows(Type type) => type == typeof(IList)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var generic && (generic == typeof(IList<>) || generic == typeof(ICollection<>)));

    /// <summary>What a collection holds; <c>null</c> for a type that is none. Of a dictionary it is pairs.</summary>
    public static Type? ItemOf(Type type)
    {
        if (DataContracts.Implements(type, typeof(IEnumerable<>)) is { } sequence)
            return sequence.GetGenericArguments()[0];
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Memory<>) || type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>)))
            return type.GetGenericArguments()[0];
        return typeof(IEnumerable).IsAssignableFrom(type) ? typeof(object) : null;
    }

    private static Func<object, object?>? Make(Type binder, Type[] arguments, Type type) =>
        ((ICollectionBinder)Activator.CreateInstance(binder.MakeGenericType(arguments))!).For(type);
}

/// <summary>Binds the collections of one type of items.</summary>
internal interface ICollectionBinder
{
    /// <summary>The binder for one collection type; <c>null</c> when it cannot be filled.</summary>
    Func<object, object?>? For(Type type);
}
