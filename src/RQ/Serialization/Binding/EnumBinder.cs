using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RQ.Serialization;

/// <summary>
/// Members of an enum by name – as C# writes it, as its attributes say, or as Python does (<c>IN_PROGRESS</c>) – or by number. Several
/// flags are names in one text, separated by commas, or a list of names.
/// </summary>
internal sealed class EnumBinder
{
    private const int MostLetters = 10_000;

    private readonly Type _type;
    private readonly bool _isFlags;
    private readonly bool _hasConverter;
    private readonly Dictionary<string, object> _exact = [];
    private readonly Dictionary<string, object?> _folded = [];

    public EnumBinder(Type type)
    {
        _type = type;
        _isFlags = type.IsDefined(typeof(FlagsAttribute), inherit: false);
        _hasConverter = type.IsDefined(typeof(JsonConverterAttribute), inherit: false);
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            object value = field.GetValue(null)!;
            Add(field.Name, value);
            Add(field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name, value);
            Add(field.GetCustomAttribute<EnumMemberAttribute>()?.Value, value);
        }
    }

    public object? Bind(object data)
    {
        if (data is string { Length: > MostLetters })
            throw new FormatException($"it has more than {MostLetters} letters.");
        if (data is string text)
            return Named(text) ?? (_isFlags ? Flags(text.Split(',', StringSplitOptions.TrimEntries)) : null) ?? Converted(data) ?? throw Unknown(text);
        if (_isFlags && data is IEnumerable names and not (byte[] or IDictionary))
            return Flags(names.Cast<object?>().Select(name => name as string ?? ""));
        return NumberBinder.Whole(data) is { } number ? OfNumber(number) : null;
    }

    private void Add(string? name, object value)
    {
        if (name is null)
            return;
        _exact.TryAdd(name, value);
        string folded = MemberNames.Fold(name);
        _folded[folded] = _folded.TryGetValue(folded, out object? other) && !Equals(other, value) ? null : value;
    }

    // Values that have no name are written as their number, which stands in a text where it is a key.
    private object? Named(string name) => _exact.GetValueOrDefault(name) ?? _folded.GetValueOrDefault(MemberNames.Fold(name))
        ?? (name.Length < 40 && BigInteger.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number) ? OfNumber(number) : null);

    private object? Flags(IEnumerable<string> names)
    {
        BigInteger sum = 0;
        foreach (string name in names)
        {
            if (Named(name) is not { } flag)
                return null;
            sum |= NumberOf(flag);
        }

        return OfNumber(sum);
    }

    private object? Converted(object data)
    {
        try
        {
            return _hasConverter ? JsonBinder.Bind(data, _type, DataContracts.OwnConverterOptions) : null;
        }
        catch (JsonException)
        {
            // Then the message is the one that names the members.
            return null;
        }
    }

    private object OfNumber(BigInteger number)
    {
        Type underlying = Enum.GetUnderlyingType(_type);
        return Enum.ToObject(_type, ScalarBinder.Of(underlying)!(number)!);
    }

    private static BigInteger NumberOf(object value) =>
        NumberBinder.Whole(Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture))!.Value;

    private FormatException Unknown(string name) => new(
        $"{DataKind.Show(name)} is none of {string.Join(", ", Enum.GetNames(_type).Take(20))}.");
}
