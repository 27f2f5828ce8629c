using System.Collections;
using System.Globalization;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>What data and types are called in messages.</summary>
internal static class DataKind
{
    public static DataBindingException Misfit(object? data, Type type, string? reason = null, Exception? inner = null) =>
        new(reason is null ? $"{Describe(data)} does not fit the type {Name(type)}." : $"{Describe(data)} does not fit the type {Name(type)}: {Cut(reason, 1000)}", inner);

    /// <summary>The items of a list or tuple; <c>null</c> for everything else: a dict, which .NET can list too, and bytes are none.</summary>
    public static IList? Sequence(object? data) => data is IList items and not (IDictionary or byte[]) ? items : null;

    /// <summary>A value out of the data in a message: never longer than a line.</summary>
    public static string Show(object? value) => value switch
    {
        string text => $"'{Cut(text, 60)}'",
        BigInteger number when number.GetBitLength() > 200 => $"a whole number of {number.GetBitLength()} bits",
        IFormattable or bool => Cut(Convert.ToString(value, CultureInfo.InvariantCulture)!, 60),
        _ => Describe(value),
    };

    private static string Cut(string text, int length) => text.Length > length ? text[..length] + "…" : text;

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
