using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RQ.Serialization;

/// <summary>Python's number types that are written as text.</summary>
internal static partial class PickleNumber
{
    // Python writes neither zeros in front nor more than six after the point, and else an exponent.
    private const int LongestDecimal = 200;

    /// <summary>
    /// A <see cref="decimal"/> of exactly that value, or the text itself where there is none: more than 28 or 29
    /// digits, a large exponent, Infinity, NaN. <c>null</c> if it is no number.
    /// </summary>
    public static object? Decimal(string text)
    {
        if (text.Length > PickleLimits.IntegerDigits || DecimalText().Match(text) is not { Success: true } match)
        {
            return null;
        }
        if (text.Length > LongestDecimal)
        {
            return text;
        }
        var digits = (match.Groups["whole"].Value + match.Groups["part"].Value).TrimStart('0');
        if (match.Groups["name"].Success || digits.Length > 29
            || !int.TryParse("0" + match.Groups["exponent"].Value.TrimStart('+', '-'), CultureInfo.InvariantCulture, out var exponent))
        {
            return text;
        }
        exponent = match.Groups["exponent"].Value.StartsWith('-') ? -exponent : exponent;
        var scale = (long)match.Groups["part"].Length - exponent;
        if (scale is < -28 or > 28)
        {
            return text;
        }
        var coefficient = BigInteger.Parse("0" + digits, CultureInfo.InvariantCulture) * BigInteger.Pow(10, (int)Math.Max(-scale, 0));
        if (coefficient.GetBitLength() > 96)
        {
            return text;
        }
        var bits = (UInt128)coefficient;
        return new decimal((int)(uint)bits, (int)(uint)(bits >> 32), (int)(uint)(bits >> 64), text[0] == '-', (byte)Math.Max(scale, 0));
    }

    /// <summary>The text <c>"numerator/denominator"</c>, or <c>null</c> if it is no fraction.</summary>
    public static string? Fraction(object?[] args, PickleKeys keys) => args switch
    {
        [long n, long d] => string.Create(CultureInfo.InvariantCulture, $"{n}/{d}"),
        [long or BigInteger, long or BigInteger] => $"{Integer(args[0], keys)}/{Integer(args[1], keys)}",
        [string text] when text.Length <= PickleLimits.IntegerDigits && FractionText().IsMatch(text) => text,
        _ => null,
    };

    /// <summary>A UUID of its state, or <c>null</c> if that has no number of 128 bits.</summary>
    public static object? Uuid(object? state)
    {
        if (state is not OrderedDictionary<object, object?> fields || !fields.TryGetValue("int", out var number))
        {
            throw new PickleException("The pickle holds a 'uuid.UUID' without its number.");
        }
        BigInteger integer = number switch
        {
            long small => small,
            BigInteger big => big,
            _ => -1,
        };
        if (integer.Sign < 0 || integer.GetByteCount(isUnsigned: true) > 16)
        {
            return null;
        }
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, (UInt128)integer);
        return new Guid(bytes, bigEndian: true);
    }

    private static string Integer(object? value, PickleKeys keys)
    {
        BigInteger number = value is long small ? small : (BigInteger)value!;
        keys.Budget.SpendOnDigits(number);
        return number.GetByteCount() <= PickleLimits.FractionBytes
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw new PickleException("The pickle holds a fraction with too many digits.");
    }

    [GeneratedRegex(
        @"^[+-]?(?:(?<whole>[0-9]+)(?:\.(?<part>[0-9]*))?(?:E(?<exponent>[+-]?[0-9]+))?|(?<name>Infinity|s?NaN[0-9]*))\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex DecimalText();

    [GeneratedRegex(@"^-?[0-9]+(/[0-9]+)?\z")]
    private static partial Regex FractionText();
}
