using System.Collections;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>What data and types are called in messages.</summary>
internal static class DataKind
{
    public static DataBindingException Misfit(object? data, Type type, string? reason = null, Exception? inner = null) =>
        new(reason is null ? $"{Describe(data)} does not fit the type {Name(type)}." : $"{Describe(data)} does not fit the type {Name(type)}: {reason}", inner);

    public static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }

    public static string Describe(object? data) => data switch
    {
        null or DBNull => "null",
        string => "A text",
        bool => "A bool",
        sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or Int128 or UInt128 => "A whole number",
        double or float or Half => "A float",
        byte[] => "A bytes value",
        IDictionary => "A dict",
        Array => "A tuple",
        IList => "A list",
        IEnumerable => "A set",
        _ => $"A {data.GetType().Name}",
    };
}
