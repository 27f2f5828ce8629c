using System.Collections;
using System.Collections.Concurrent;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Guesses from the kinds of values alone whether data could be bound to a type. Of a list only the first item is looked at. Where a list
/// may stand for two things, this says for which, without trying: attempts within attempts take for ever.
/// </summary>
internal static class LikelyFit
{
    private static readonly ConcurrentDictionary<Type, Func<object, bool>> s_guesses = new();

    public static bool Of(object? data, Type type) => data is null or DBNull || s_guesses.GetOrAdd(type, GuessOf)(data);

    private static Func<object, bool> GuessOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return data => Of(data, underlying);
        if (type.IsEnum)
            return data => data is string || DataKind.Sequence(data) is not { } names || (names.Count > 0 && names[0] is string && type.IsDefined(typeof(FlagsAttribute), false));
        if (type == typeof(object) || JsonBinder.IsJson(type) || DataContracts.HasConverter(type))
            return _ => true;
        if (type == typeof(Complex))
            return data => data is not IList list || list.Count == 2;
        if (ScalarBinder.Of(type) is not null)
            return data => data is not IDictionary && DataKind.Sequence(data) is null;
        if (TupleBinder.IsTuple(type))
            return TupleOf(TupleBinder.LengthOf(type));
        if (type.IsArray && type.GetArrayRank() > 1)
            return data => IsGrid(data, type.GetArrayRank(), type.GetElementType()!);
        if (CollectionBinder.IsMap(type))
            return data => data is IDictionary;
        return CollectionBinder.ItemOf(type) is { } item ? data => IsCollection(data, item) : ObjectOf(type);
    }

    private static Func<object, bool> TupleOf(int length) => data => data is IDictionary || DataKind.Sequence(data)?.Count == length;

    private static bool IsGrid(object? data, int rank, Type item) => rank == 0
        ? Of(data, item)
        : DataKind.Sequence(data) is { } list && (list.Count == 0 || IsGrid(list[0], rank - 1, item));

    private static bool IsCollection(object data, Type item)
    {
        if (DataKind.Sequence(data) is { } list)
            return list.Count == 0 || Of(list[0], item);
        return data is string or byte[] ? item == typeof(byte) : data is IEnumerable and not IDictionary;
    }

    private static Func<object, bool> ObjectOf(Type type)
    {
        int parameters = ObjectMembers.ConstructorOf(DataContracts.Of(type))?.GetParameters().Length ?? 0;
        bool isWrapper = WrapperType.Is(type);
        return data => data is IDictionary || isWrapper || (DataKind.Sequence(data) is { } list && list.Count > 0 && list.Count <= parameters);
    }
}
