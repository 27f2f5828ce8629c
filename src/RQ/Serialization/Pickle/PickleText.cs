using System.Globalization;
using System.Numerics;
using System.Text;

namespace RQ.Serialization;

/// <summary>The forms in which protocol 0 writes values as lines of text.</summary>
internal static class PickleText
{
    /// <summary>An integer; from Python 2 also with <c>L</c> at its end.</summary>
    public static object Integer(ReadOnlySpan<byte> line)
    {
        var digits = line is [.. var start, (byte)'L'] ? start : line;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small))
        {
            return small;
        }
        if (digits.Length > PickleLimits.IntegerDigits)
        {
            throw new PickleException($"The pickle holds an integer of more than {PickleLimits.IntegerDigits} digits.");
        }
        return BigInteger.TryParse(Encoding.Latin1.GetString(digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var big)
            ? big
            : throw Damaged("integer");
    }

    public static double Float(ReadOnlySpan<byte> line) => line switch
    {
        _ when line.SequenceEqual("inf"u8) => double.PositiveInfinity,
        _ when line.SequenceEqual("-inf"u8) => double.NegativeInfinity,
        _ when line.SequenceEqual("nan"u8) => double.NaN,
        _ => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Damaged("float"),
    };

    public static uint Slot(ReadOnlySpan<byte> line) =>
        uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : throw Damaged("reference");

    /// <summary>UTF-8; what cannot be text in .NET, such as lone surrogates, becomes U+FFFD.</summary>
    public static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>A str of Python 2, which has no encoding. Latin-1 loses nothing.</summary>
    public static string Python2(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Python's raw-unicode-escape: Latin-1 with <c>\uXXXX</c> and <c>\UXXXXXXXX</c>.</summary>
    public static string RawUnicodeEscape(ReadOnlySpan<byte> line)
    {
        if (!line.Contains((byte)'\\'))
        {
            return Encoding.Latin1.GetString(line);
        }
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var length = line[i] != '\\' || i + 1 == line.Length ? 0 : line[i + 1] switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 };
            if (length == 0)
            {
                text.Append((char)line[i]);
                continue;
            }
            AppendCodePoint(text, Hex(line[(i + 2)..], length));
            i += 1 + length;
        }
        return ReplaceLoneSurrogates(text.ToString());
    }

    /// <summary>A quoted str of Python 2 with its backslash escapes.</summary>
    public static string Quoted(ReadOnlySpan<byte> line)
    {
        if (line.Length < 2 || line[0] is not ((byte)'\'' or (byte)'"') || line[^1] != line[0])
        {
            throw Damaged("string");
        }
        var quoted = line[1..^1];
        var text = new StringBuilder(quoted.Length);
        for (var i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] != '\\')
            {
                text.Append((char)quoted[i]);
                continue;
            }
            if (++i == quoted.Length)
            {
                throw Damaged("string");
            }
            switch (quoted[i])
            {
                case (byte)'x':
                    text.Append((char)Hex(quoted[(i + 1)..], 2));
                    i += 2;
                    break;
                case >= (byte)'0' and <= (byte)'7':
                    var (octal, length) = Octal(quoted[i..]);
                    text.Append(octal);
                    i += length - 1;
                    break;
                case var letter:
                    text.Append(Escape(letter));
                    break;
            }
        }
        return text.ToString();
    }

    private static (char Value, int Length) Octal(ReadOnlySpan<byte> digits)
    {
        int value = 0, length = 0;
        while (length < 3 && length < digits.Length && digits[length] is >= (byte)'0' and <= (byte)'7')
        {
            value = (value * 8) + digits[length++] - '0';
        }
        return ((char)(value & 0xff), length);
    }

    private static string Escape(byte letter) => (char)letter switch
    {
        'a' => "\a",
        'b' => "\b",
        'f' => "\f",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\v",
        '\\' => "\\",
        '\'' => "'",
        '"' => "\"",
        var other => "\\" + other,
    };

    private static uint Hex(ReadOnlySpan<byte> digits, int length) =>
        digits.Length >= length && uint.TryParse(digits[..length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Damaged("string");

    private static void AppendCodePoint(StringBuilder text, uint codePoint)
    {
        if (codePoint <= char.MaxValue)
        {
            text.Append((char)codePoint);
        }
        else if (Rune.TryCreate(codePoint, out var rune))
        {
            text.Append(rune.ToString());
        }
        else
        {
            throw Damaged("string");
        }
    }

    private static string ReplaceLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static PickleException Damaged(string what) => new($"The pickle is damaged: it holds text that is no {what}.");
}
