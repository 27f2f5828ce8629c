using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using RQ.Serialization;

namespace RQ.Tests.Serialization;

/// <summary>Data and the descriptions of golden/python_values.py in one exact form of text, so that they can be compared.</summary>
internal static class PickleData
{
    public static string Of(object? value) => value switch
    {
        null or DBNull => "n",
        bool truth => $"b:{truth}",
        long or BigInteger => string.Create(CultureInfo.InvariantCulture, $"i:{value}"),
        double number => $"f:{Bits(number)}",
        Complex number => $"c[{Of(number.Real)}, {Of(number.Imaginary)}]",
        string text => $"s:{Quoted(text)}",
        byte[] bytes => $"y:{Convert.ToHexStringLower(bytes)}",
        object?[] tuple when tuple.GetType() == typeof(object[]) => $"t[{string.Join(", ", tuple.Select(Of))}]",
        List<object?> list => $"l[{string.Join(", ", list.Select(Of))}]",
        OrderedDictionary<object, object?> dict => $"d[{string.Join(", ", dict.Select(pair => $"{Of(pair.Key)} => {Of(pair.Value)}"))}]",
        HashSet<object> set => $"e[{string.Join(", ", set.Select(Of).Order(StringComparer.Ordinal))}]",
        decimal number => string.Create(CultureInfo.InvariantCulture, $"dec:{(number == 0 && decimal.IsNegative(number) ? "-" : "")}{number}"),
        Guid guid => $"u:{guid}",
        DateOnly date => $"date:{date:yyyy-MM-dd}",
        TimeOnly time => $"time:{time:HH:mm:ss.ffffff}",
        TimeSpan duration => string.Create(CultureInfo.InvariantCulture, $"td:{duration.Ticks / 10}"),
        DateTime { Kind: DateTimeKind.Unspecified } time => $"dt:{time:yyyy-MM-ddTHH:mm:ss.ffffff}",
        DateTimeOffset time => $"dz:{time:yyyy-MM-ddTHH:mm:ss.ffffffzzz}",
        _ => throw new ArgumentException($"{value.GetType()} is not among the types of data."),
    };

    /// <param name="description">JSON: a list of a type and its content.</param>
    public static string OfDescription(JsonElement description)
    {
        var type = description[0].GetString()!;
        return type switch
        {
            "n" => "n",
            "b" => $"b:{description[1].GetBoolean()}",
            "s" => $"s:{Quoted(description[1].GetString()!)}",
            "d" => $"d[{string.Join(", ", description[1].EnumerateArray().Select(pair => $"{OfDescription(pair[0])} => {OfDescription(pair[1])}"))}]",
            "e" => $"e[{string.Join(", ", description[1].EnumerateArray().Select(OfDescription).Order(StringComparer.Ordinal))}]",
            "l" or "t" or "c" => $"{type}[{string.Join(", ", description[1].EnumerateArray().Select(OfDescription))}]",
            _ => $"{type}:{description[1].GetString()}",
        };
    }

    private static string Bits(double number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        return double.IsNaN(number) ? "nan" : Convert.ToHexStringLower(bytes);
    }

    private static string Quoted(string text) => new StringBuilder("'").Append(text).Replace("\\", "\\\\").Replace("'", "\\'").Append('\'').ToString();
}
