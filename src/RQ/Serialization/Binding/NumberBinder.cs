using System.Globalization;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Numbers of one kind as numbers of another, when the value is one that the other kind has: a whole float is a whole number, but
/// nothing is cut off or wraps around. A bool is no number, and a text is one only for <see cref="decimal"/>, which JSON has no notation for.
/// </summary>
internal static class NumberBinder
{
    public static object? Bind<T>(object data)
        where T : struct, INumberBase<T> => typeof(T) == typeof(decimal) ? Decimal(data)
        : typeof(T) == typeof(double) || typeof(T) == typeof(float) || typeof(T) == typeof(Half) ? Fraction<T>(data)
        : data is long number ? T.CreateChecked(number)
        : Whole(data) is { } whole ? T.CreateChecked(whole)
        : null;

    /// <summary>The whole number that the data is.</summary>
    public static BigInteger? Whole(object data) => data switch
    {
        long number => number,
        BigInteger number => number,
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(data, CultureInfo.InvariantCulture),
        ulong number => number,
        Int128 number => number,
        UInt128 number => number,
        double number when double.IsInteger(number) => new BigInteger(number),
        float or Half => Whole(Double(data)!),
        decimal number when decimal.IsInteger(number) => new BigInteger(number),
        double or decimal => throw new FormatException("it has a fraction, or is no number."),
        _ => null,
    };

    private static object? Fraction<T>(object data)
        where T : struct, INumberBase<T>
    {
        if (Double(data) is not { } number)
            return null;
        T value = T.CreateSaturating(number);
        // Rounding is what a float does; becoming infinite is not.
        return T.IsInfinity(value) && double.IsFinite(number) ? throw new OverflowException("it is too large.") : value;
    }

    private static double? Double(object data)
    {
        switch (data)
        {
            case double number:
                return number;
            case long number:
                return number;
            case float number:
                return number;
            case Half number:
                return (double)number;
            case decimal number:
                return (double)number;
            case "NaN":
                return double.NaN;
            case "Infinity":
                return double.PositiveInfinity;
            case "-Infinity":
                return double.NegativeInfinity;
            default:
                double? whole = (double?)Whole(data);
                return whole is { } known && double.IsInfinity(known) ? throw new OverflowException("it is too large.") : whole;
        }
    }

    private static decimal? Decimal(object data) => data switch
    {
        string text => ExactDecimal(text),
        // The digits that a float shows, as Python's Decimal(str(x)) has: 0.1 is 0.1.
        double or float or Half => ExactDecimal(((IFormattable)data).ToString("R", CultureInfo.InvariantCulture)),
        _ => (decimal?)Whole(data),
    };

    private static decimal ExactDecimal(string text)
    {
        if (text.Length > DataJsonReader.MostDigits)
            throw new OverflowException("it has more digits than a decimal holds.");
        decimal number = decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        // Parsing rounds what has too many digits. Then the digits differ.
        return SignificantDigits(text.Trim()).SequenceEqual(SignificantDigits(number.ToString(CultureInfo.InvariantCulture)))
            ? number
            : throw new OverflowException("it has more digits than a decimal holds.");
    }

    private static ReadOnlySpan<char> SignificantDigits(string text)
    {
        int exponent = text.AsSpan().IndexOfAny('e', 'E');
        string digits = text[..(exponent < 0 ? text.Length : exponent)].Replace(".", "", StringComparison.Ordinal);
        return digits.AsSpan().TrimStart("+-0").TrimEnd('0');
    }
}
