using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RQ.Serialization;

/// <summary>
/// Turns data (see <see cref="DataTree"/>) into values of .NET types: parameters of job functions, typed results and metadata.
/// What a type is bound by is found once, see <see cref="BinderOf"/>.
/// </summary>
internal static class DataBinder
{
    private static readonly ConcurrentDictionary<Type, Func<object, object?>> s_binders = new();

    /// <exception cref="DataBindingException">The data does not fit the type; the message says where and why.</exception>
    public static object? Bind(object? data, Type type)
    {
        if (data is not null)
        {
            if (data.GetType() == type || type == typeof(object))
                return data;
            if (data is long whole && type == typeof(int) && whole == (int)whole)
                return (int)whole;
        }

        if (data is null or DBNull)
            return BindNull(data, type);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new DataBindingException("The value is nested too deep for this thread to bind it.");
        try
        {
            Type target = Nullable.GetUnderlyingType(type) ?? type;
            return target.IsInstanceOfType(data) && !(data is Array && CollectionBinder.Grows(target))
                ? data
                : s_binders.GetOrAdd(target, BinderOf)(data) ?? throw DataKind.Misfit(data, type);
        }
        // Constructors, setters and converters throw whatever they like.
        catch (Exception exception) when (exception is not (DataBindingException or OutOfMemoryException))
        {
            throw DataKind.Misfit(data, type, exception.Message, exception);
        }
    }

    private static object? BindNull(object? data, Type type)
    {
        if (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null)
            return null;
        return type == typeof(JsonElement) ? JsonBinder.NullElement : throw DataKind.Misfit(data, type);
    }

    /// <summary>A binder answers <c>null</c>, or throws, for data that does not fit. It is never asked about null, nor about what is of the type already.</summary>
    private static Func<object, object?> BinderOf(Type type)
    {
        if (type.IsEnum)
            return new EnumBinder(type).Bind;
        if (ScalarBinder.Of(type) is { } scalar)
            return scalar;
        if (JsonBinder.IsJson(type) || DataContracts.HasConverter(type))
            return data => JsonBinder.Bind(data, type);
        if (TupleBinder.IsTuple(type))
            return new TupleBinder(type).Bind;
        return CollectionBinder.Of(type) ?? ShapeOf(type);
    }

    private static Func<object, object?> ShapeOf(Type type) => ObjectBinder.IsLeftToJson(type)
        ? data => JsonBinder.Bind(data, type)
        : new ObjectBinder(type).Bind;
}
