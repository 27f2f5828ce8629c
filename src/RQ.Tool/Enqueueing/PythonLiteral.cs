using System.Globalization;
using System.Numerics;
using System.Text;

namespace RQ.Tool.Enqueueing;

/// <summary>
/// Reads what Python's <c>ast.literal_eval</c> reads: None, True, False, numbers, strings, bytes, lists, tuples, dicts and
/// sets of these. Nothing is evaluated. Left out: complex numbers, raw strings, <c>\N{name}</c> escapes, and calls (<c>set()</c>).
/// </summary>
internal sealed class PythonLiteral
{
    private const int Deepest = 100;

    /// <summary>Reading more digits than these takes a processor longer than a number is worth; CPython stops at 4,300.</summary>
    private const int MostDigits = 10_000;

    private readonly string _text;
    private int _at;
    private int _depth;

    private PythonLiteral(string text) => _text = text;

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    /// <exception cref="FormatException">It is no such literal; the message says where.</exception>
    public static object? Parse(string text)
    {
        var literal = new PythonLiteral(text);
        object? value = literal.TopLevel();
        return literal._at == text.Length ? value : throw literal.Unexpected();
    }

    // "1, 2" is a tuple, also without parentheses.
    private object? TopLevel()
    {
        object? value = Value();
        if (Current != ',')
            return value;
        var items = new List<object?> { value };
        while (Take(','))
        {
            if (_at < _text.Length)
                items.Add(Value());
        }

        return new PythonTuple(items);
    }

    /// <summary>A value and the white space around it.</summary>
    private object? Value()
    {
        SkipSpace();
        if (++_depth > Deepest)
            throw new FormatException($"it is nested more than {Deepest} deep");
        object? value = Current switch
        {
            '[' => Items(']'),
            '(' => Parenthesized(),
            '{' => Braced(),
            '-' or '+' => Signed(),
            '\'' or '"' => Strings(),
            '.' or (>= '0' and <= '9') => Number(),
            _ => Word(),
        };
        _depth--;
        SkipSpace();
        return value;
    }

    private List<object?> Items(char end)
    {
        _at++;
        SkipSpace();
        var items = new List<object?>();
        while (!Take(end))
        {
            items.Add(Value());
            if (!Take(',') && Current != end)
                throw Unexpected();
            SkipSpace();
        }

        return items;
    }

    // (1) is 1, (1,) and () are tuples.
    private object? Parenthesized()
    {
        int start = _at;
        List<object?> items = Items(')');
        bool hasComma = _text[start..(_at - 1)].TrimEnd().EndsWith(',');
        return items.Count == 1 && !hasComma ? items[0] : new PythonTuple(items);
    }

    private object Braced()
    {
        _at++;
        SkipSpace();
        var map = new OrderedDictionary<object, object?>();
        if (Take('}'))
            return map;
        object? first = Value();
        if (Current != ':')
            return Set(first);
        Take(':');
        map[Key(first)] = Value();
        while (NextItem())
        {
            object key = Key(Value());
            if (!Take(':'))
                throw Unexpected();
            map[key] = Value();
        }

        return map;
    }

    private HashSet<object> Set(object? first)
    {
        var set = new HashSet<object> { Key(first) };
        while (NextItem())
            set.Add(Key(Value()));
        return set;
    }

    /// <summary>Between the items in braces: whether there is another one.</summary>
    private bool NextItem()
    {
        bool hasComma = Take(',');
        SkipSpace();
        if (Take('}'))
            return false;
        return hasComma ? true : throw Unexpected();
    }

    private static object Key(object? value) => value switch
    {
        null => throw new FormatException("None cannot be a key or a member of a set here"),
        List<object?> or HashSet<object> or OrderedDictionary<object, object?> or byte[] =>
            throw new FormatException("lists, sets, dicts and bytes cannot be keys or members of a set"),
        _ => value,
    };

    // Signs may follow each other: --1 is 1.
    private object Signed()
    {
        bool isNegative = false;
        while (Current is '-' or '+')
        {
            isNegative ^= Current == '-';
            _at++;
            SkipSpace();
        }

        return (Current is '.' or (>= '0' and <= '9') ? Number() : throw Unexpected()) switch
        {
            long whole when isNegative => whole == long.MinValue ? -(BigInteger)whole : (object)-whole,
            // 2⁶³ itself has no long, its negative has one.
            BigInteger big when isNegative => Small(-big),
            double real when isNegative => -real,
            var positive => positive,
        };
    }

    private object Number()
    {
        int start = _at;
        if (Current == '0' && _at + 1 < _text.Length && char.ToLowerInvariant(_text[_at + 1]) is 'x' or 'o' or 'b')
            return Based();
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '.' || (Current is '+' or '-' && _text[_at - 1] is 'e' or 'E'))
            _at++;
        string written = _text[start.._at], digits = Digits(written);
        bool isWhole = digits.All(char.IsAsciiDigit);
        if (isWhole && (digits.TrimStart('0').Length == digits.Length || digits.Trim('0').Length == 0))
            return Small(BigInteger.Parse(digits, CultureInfo.InvariantCulture));
        if (!isWhole && double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double real))
            return real;
        throw new FormatException($"'{written}' is no number");
    }

    private object Based()
    {
        int start = _at, bits = char.ToLowerInvariant(_text[_at + 1]) switch { 'x' => 4, 'o' => 3, _ => 1 };
        _at += 2;
        while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
            _at++;
        string written = _text[start.._at];
        BigInteger number = 0;
        foreach (char digit in Digits(written[2..].TrimStart('_')))
        {
            int value = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : 16;
            number = value < 1 << bits ? (number << bits) + value : throw new FormatException($"'{written}' is no number");
        }

        return written.Length > 2 ? Small(number) : throw new FormatException($"'{written}' is no number");
    }

    /// <summary>Without the underscores that may stand between two digits.</summary>
    private static string Digits(string written) =>
        written.Length > MostDigits
            ? throw new FormatException($"a number has more than {MostDigits} digits")
            : written.StartsWith('_') || written.EndsWith('_') || written.Contains("__", StringComparison.Ordinal)
            ? throw new FormatException($"'{written}' is no number")
            : written.Replace("_", "", StringComparison.Ordinal);

    private static object Small(BigInteger number)
    {
        object small = number;
        if (number >= long.MinValue && number <= long.MaxValue)
            small = (long)number;
        return small;
    }

    private object? Word()
    {
        int start = _at;
        while (char.IsLetterOrDigit(Current) || Current == '_')
            _at++;
        string word = _text[start.._at];
        if (Current is '\'' or '"' && word is "b" or "B" or "u" or "U")
        {
            _at = start;
            return Strings();
        }

        switch (word)
        {
            case "None": return null;
            case "True": return true;
            case "False": return false;
        }

        _at = start;
        throw word.Length == 0 ? Unexpected() : new FormatException($"'{word}' is no literal; texts stand in quotes");
    }

    /// <summary>One string or several in a row, which are one.</summary>
    private object Strings()
    {
        bool isBytes = Current is 'b' or 'B';
        var text = new StringBuilder();
        do
        {
            if (Current is 'b' or 'B' != isBytes)
                throw new FormatException("bytes and text cannot be joined");
            if (char.IsAsciiLetter(Current))
                _at++;
            String(text, isBytes);
            SkipSpace();
        }
        while (Current is '\'' or '"' || (char.ToLowerInvariant(Current) is 'b' or 'u' && _at + 1 < _text.Length && _text[_at + 1] is '\'' or '"'));
        return isBytes ? Array.ConvertAll(text.ToString().ToCharArray(), c => (byte)c) : text.ToString();
    }

    private void String(StringBuilder text, bool isBytes)
    {
        string quote = Current.ToString();
        if (_text.AsSpan(_at).StartsWith(quote + quote + quote))
            quote = quote + quote + quote;
        _at += quote.Length;
        while (!_text.AsSpan(_at).StartsWith(quote))
        {
            if (_at >= _text.Length || (Current == '\n' && quote.Length == 1))
                throw new FormatException("a string has no end");
            if (Current == '\\')
                Escape(text, isBytes);
            else if (isBytes && Current > '\x7f')
                throw new FormatException("bytes take ASCII characters only; write others as \\x…");
            else
                text.Append(_text[_at++]);
        }

        _at += quote.Length;
    }

    private void Escape(StringBuilder text, bool isBytes)
    {
        _at++;
        char kind = Current;
        _at++;
        switch (kind)
        {
            case '\n': break;
            case 'n': text.Append('\n'); break;
            case 'r': text.Append('\r'); break;
            case 't': text.Append('\t'); break;
            case 'a': text.Append('\a'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'v': text.Append('\v'); break;
            case '\\' or '\'' or '"': text.Append(kind); break;
            case 'x': text.Append((char)Hex(2)); break;
            case 'u' when !isBytes: text.Append((char)Hex(4)); break;
            case 'U' when !isBytes: AppendRune(text, Hex(8)); break;
            case 'N' when !isBytes: throw new FormatException("\\N{…} is not understood here; write the character itself or \\u…");
            case >= '0' and <= '7': text.Append((char)(Octal(kind) & (isBytes ? 0xff : 0x1ff))); break;
            // Python keeps the backslash of what is no escape.
            default: text.Append('\\'); _at--; break;
        }
    }

    private static void AppendRune(StringBuilder text, uint value)
    {
        if (value > 0x10ffff)
            throw new FormatException("\\U… is above 10ffff, the last character there is");
        if (value > 0xffff)
            text.Append(new Rune(value).ToString());
        else
            text.Append((char)value);
    }

    private uint Hex(int digits)
    {
        if (_at + digits > _text.Length || !uint.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            throw new FormatException($"an escape needs {digits} hex digits");
        _at += digits;
        return value;
    }

    private int Octal(char first)
    {
        int value = first - '0';
        for (int i = 0; i < 2 && Current is >= '0' and <= '7'; i++)
            value = (value * 8) + _text[_at++] - '0';
        return value;
    }

    private bool Take(char expected)
    {
        if (Current != expected || _at >= _text.Length)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private FormatException Unexpected() =>
        new(_at >= _text.Length ? "it ends too early" : $"'{_text[_at]}' at position {_at + 1} was not expected");
}
