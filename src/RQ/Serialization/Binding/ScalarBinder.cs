using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace RQ.Serialization;

/// <summary>Binders of the types that hold one value.</summary>
internal static class ScalarBinder
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Dictionary<Type, Func<object, object?>> s_all = new()
    {
        [typeof(sbyte)] = NumberBinder.Bind<sbyte>,
        [typeof(byte)] = NumberBinder.Bind<byte>,
        [typeof(short)] = NumberBinder.Bind<short>,
        [typeof(ushort)] = NumberBinder.Bind<ushort>,
        [typeof(int)] = NumberBinder.Bind<int>,
        [typeof(uint)] = NumberBinder.Bind<uint>,
        [typeof(long)] = NumberBinder.Bind<long>,
        [typeof(ulong)] = NumberBinder.Bind<ulong>,
        [typeof(Int128)] = NumberBinder.Bind<Int128>,
        [typeof(UInt128)] = NumberBinder.Bind<UInt128>,
        [typeof(BigInteger)] = NumberBinder.Bind<BigInteger>,
        [typeof(Half)] = NumberBinder.Bind<Half>,
        [typeof(float)] = NumberBinder.Bind<float>,
        [typeof(double)] = NumberBinder.Bind<double>,
        [typeof(decimal)] = NumberBinder.Bind<decimal>,
        [typeof(Complex)] = data => BindComplex(data),
        [typeof(bool)] = _ => null,
        [typeof(string)] = BindText,
        [typeof(char)] = data => data is string { Length: 1 } one ? one[0] : null,
        [typeof(Guid)] = data => data is string text ? Guid.Parse(text) : null,
        [typeof(Uri)] = data => data is string text ? new Uri(text, UriKind.RelativeOrAbsolute) : null,
        [typeof(Version)] = data => data is string { Length: < 100 } text ? Version.Parse(text) : null,
        [typeof(DateTimeOffset)] = TimeBinder.BindInstant,
        [typeof(DateTime)] = TimeBinder.BindDateTime,
        [typeof(DateOnly)] = TimeBinder.BindDate,
        [typeof(TimeOnly)] = TimeBinder.BindTimeOfDay,
        [typeof(TimeSpan)] = TimeBinder.BindDuration,
    };

    public static Func<object, object?>? Of(Type type) => s_all.GetValueOrDefault(type);

    /// <summary>Whether it is a type of numbers of one part.</summary>
    public static bool IsNumber(Type type) => s_all.ContainsKey(type)
        && Array.Exists(type.GetInterfaces(), contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(INumber<>)) && type != typeof(char);

    private static string? BindText(object data) => data switch
    {
        byte[] text => s_strictUtf8.GetString(text),
        Guid or decimal => Convert.ToString(data, CultureInfo.InvariantCulture),
        _ => null,
    };

    // In JSON it is a list of two numbers; a dict of its members is what System.Text.Json makes of it.
    private static Complex? BindComplex(object data) => DataKind.Sequence(data) is { Count: 2 } parts ? Parts(parts[0], parts[1])
        : data is IDictionary map && map.Contains("Real") && map.Contains("Imaginary") ? Parts(map["Real"], map["Imaginary"])
        : NumberBinder.Bind<double>(data) is double real ? new Complex(real, 0)
        : null;

    private static Complex Parts(object? real, object? imaginary) =>
        new((double)DataBinder.Bind(real, typeof(double))!, (double)DataBinder.Bind(imaginary, typeof(double))!);
}
