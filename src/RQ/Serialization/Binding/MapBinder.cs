using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text;

namespace RQ.Serialization;

/// <summary>Dictionaries from dicts. In JSON every key is a text: where the keys are of another type, it is read from the text.</summary>
internal sealed class MapBinder<TKey, TValue> : ICollectionBinder
    where TKey : notnull
{
    private static readonly Func<string, object?>? s_keyOfText = KeyOfText();

    public Func<object, object?>? For(Type type) =>
        Filler(type) is { } fill ? data => data is IDictionary map ? fill(Entries(map)) : null : null;

    private static Dictionary<TKey, TValue> Entries(IDictionary map)
    {
        var entries = new Dictionary<TKey, TValue>(map.Count);
        var spread = new KeySpread<TKey>(map.Count, entries.Capacity);
        object? key = null;
        try
        {
            foreach (DictionaryEntry entry in map)
            {
                key = entry.Key;
                TKey bound = Key(key);
                if (!entries.TryAdd(bound, (TValue)DataBinder.Bind(entry.Value, typeof(TValue))!))
                    throw new DataBindingException($"two keys are the same {DataKind.Name(typeof(TKey))}.");
                spread.Add(bound);
            }
        }
        catch (DataBindingException misfit) when (misfit.IsIn($"[{DataKind.Show(key)}]"))
        {
            throw;
        }

        return entries;
    }

    private static TKey Key(object key)
    {
        if (key is string text && s_keyOfText?.Invoke(text) is { } known)
            key = known;
        return (TKey?)DataBinder.Bind(key, typeof(TKey)) ?? throw new DataBindingException("null cannot be a key.");
    }

    private static Func<string, object?>? KeyOfText()
    {
        Type type = Nullable.GetUnderlyingType(typeof(TKey)) ?? typeof(TKey);
        if (type == typeof(bool))
            return text => bool.TryParse(text, out bool truth) ? truth : null;
        // What JSON has no text for is a text that holds JSON.
        if (TupleBinder.IsTuple(type) || type == typeof(Complex))
            return text => DataJsonReader.Read(Encoding.UTF8.GetBytes(text));
        return ScalarBinder.IsNumber(type) && type != typeof(decimal) ? Number : null;
    }

    private static object? Number(string text) =>
        text.Length > DataJsonReader.MostDigits ? null
        : BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double fraction) ? fraction
        : null;

    private static Func<Dictionary<TKey, TValue>, object?>? Filler(Type type)
    {
        if (type.IsAssignableFrom(typeof(Dictionary<TKey, TValue>)))
            return entries => entries;
        if (type == typeof(FrozenDictionary<TKey, TValue>))
            return entries => entries.ToFrozenDictionary();
        if (type.IsAssignableFrom(typeof(ImmutableDictionary<TKey, TValue>)))
            return entries => entries.ToImmutableDictionary();
        if (type == typeof(ImmutableSortedDictionary<TKey, TValue>))
            return entries => entries.ToImmutableSortedDictionary();
        if (type.IsAbstract)
            return null;
        foreach (Type source in (Type[])[typeof(IDictionary<TKey, TValue>), typeof(IEnumerable<KeyValuePair<TKey, TValue>>)])
        {
            if (type.GetConstructor([source]) is { } constructor)
            {
                ConstructorInvoker invoker = ConstructorInvoker.Create(constructor);
                return entries => invoker.Invoke(entries);
            }
        }

        return typeof(IDictionary<TKey, TValue>).IsAssignableFrom(type) && type.GetConstructor([]) is not null ? entries => Added(type, entries) : null;
    }

    private static object Added(Type type, Dictionary<TKey, TValue> entries)
    {
        var map = (IDictionary<TKey, TValue>)Activator.CreateInstance(type)!;
        foreach ((TKey key, TValue value) in entries)
            map.Add(key, value);
        return map;
    }
}
