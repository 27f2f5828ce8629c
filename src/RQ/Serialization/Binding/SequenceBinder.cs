using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;

namespace RQ.Serialization;

/// <summary>
/// Arrays, lists, sets, queues, stacks and the like, from lists, tuples and sets. Those of bytes come from bytes too, and from base64, which
/// is what bytes are in JSON.
/// </summary>
internal sealed class SequenceBinder<T> : ICollectionBinder
{
    public Func<object, object?>? For(Type type) =>
        Filler(type) is { } fill ? data => Items(data) is { } items ? fill(items) : null : null;

    private static T[]? Items(object data)
    {
        if (typeof(T) == typeof(byte) && data is byte[] bytes)
            return (T[])(object)bytes.AsSpan().ToArray();
        if (typeof(T) == typeof(byte) && data is string base64)
            return (T[])(object)Convert.FromBase64String(base64);
        if (data is string or byte[] or not IEnumerable)
            return null;
        if (data is IDictionary)
            return typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? Items(Pairs((IDictionary)data)) : null;
        ICollection<object?> source = data as ICollection<object?> ?? [.. ((IEnumerable)data).Cast<object?>()];
        var items = new T[source.Count];
        int i = 0;
        try
        {
            foreach (object? item in source)
            {
                items[i] = (T)DataBinder.Bind(item, typeof(T))!;
                i++;
            }
        }
        catch (DataBindingException misfit) when (misfit.IsIn($"[{i}]"))
        {
            throw;
        }

        return items;
    }

    private static List<object?> Pairs(IDictionary map)
    {
        var pairs = new List<object?>(map.Count);
        foreach (DictionaryEntry entry in map)
            pairs.Add(new object?[] { entry.Key, entry.Value });
        return pairs;
    }

    private static Func<T[], object?>? Filler(Type type)
    {
        if (CollectionBinder.Grows(type) || type == typeof(List<T>))
            return items => new List<T>(items);
        if (type.IsAssignableFrom(typeof(T[])))
            return items => items;
        if (type.IsAssignableFrom(typeof(HashSet<T>)))
            return Set;
        return Framework(type) ?? Immutable(type) ?? Constructed(type);
    }

    private static HashSet<T> Set(T[] items)
    {
        var set = new HashSet<T>(items.Length);
        var spread = new KeySpread<T>(items.Length, set.Capacity);
        foreach (T item in items)
        {
            // What is listed many times is in it once.
            if (set.Add(item))
                spread.Add(item);
        }

        return set;
    }

    // A stack is listed from its top, and built from its bottom.
    private static Func<T[], object?>? Framework(Type type)
    {
        if (type == typeof(Stack<T>))
            return items => new Stack<T>(items.Reverse());
        if (type == typeof(ConcurrentStack<T>))
            return items => new ConcurrentStack<T>(items.Reverse());
        if (type == typeof(ReadOnlySet<T>))
            return items => new ReadOnlySet<T>(Set(items));
        if (type == typeof(Memory<T>))
            return items => new Memory<T>(items);
        if (type == typeof(ReadOnlyMemory<T>))
            return items => new ReadOnlyMemory<T>(items);
        return type == typeof(ArraySegment<T>) ? items => new ArraySegment<T>(items) : null;
    }

    private static Func<T[], object?>? Immutable(Type type)
    {
        if (type == typeof(ImmutableArray<T>))
            return items => ImmutableArray.Create(items);
        if (type == typeof(FrozenSet<T>))
            return items => Set(items).ToFrozenSet();
        if (type.IsAssignableFrom(typeof(ImmutableList<T>)))
            return items => ImmutableList.Create(items);
        if (type.IsAssignableFrom(typeof(ImmutableHashSet<T>)))
            return items => ImmutableHashSet.CreateRange(Set(items));
        if (type == typeof(ImmutableSortedSet<T>))
            return items => ImmutableSortedSet.Create(items);
        if (type.IsAssignableFrom(typeof(ImmutableQueue<T>)))
            return items => ImmutableQueue.Create(items);
        return type.IsAssignableFrom(typeof(ImmutableStack<T>)) ? items => ImmutableStack.Create([.. items.Reverse()]) : null;
    }

    private static Func<T[], object?>? Constructed(Type type)
    {
        if (type.IsAbstract)
            return null;
        foreach (Type source in (Type[])[typeof(IEnumerable<T>), typeof(IList<T>), typeof(ICollection)])
        {
            if (type.GetConstructor([source]) is { } constructor)
            {
                ConstructorInvoker invoker = ConstructorInvoker.Create(constructor);
                return items => invoker.Invoke(Checked(type, items));
            }
        }

        return typeof(ICollection<T>).IsAssignableFrom(type) && (type.IsValueType || type.GetConstructor([]) is not null) ? items => Added(type, items) : null;
    }

    private static object Added(Type type, T[] items)
    {
        var collection = (ICollection<T>)Activator.CreateInstance(type)!;
        foreach (T item in Checked(type, items))
            collection.Add(item);
        return collection;
    }

    // A set of the user's own is a hash table too, as far as we know.
    private static T[] Checked(Type type, T[] items)
    {
        if (typeof(ISet<T>).IsAssignableFrom(type) && items.Length > KeySpread<T>.Most)
            _ = Set(items);
        return items;
    }
}
