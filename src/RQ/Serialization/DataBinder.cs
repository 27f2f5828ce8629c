using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace RQ.Serialization;

/// <summary>Turns data (see <see cref="DataTree"/>) into values of .NET types: parameters of job functions, and typed results.</summary>
internal static class DataBinder
{
    /// <exception cref="DataBindingException">The data does not fit the type.</exception>
    public static object? Bind(object? data, Type type)
    {
        Type? nullable = Nullable.GetUnderlyingType(type);
        if (data is null)
            return !type.IsValueType || nullable is not null ? null : throw Misfit(data, type);
        Type target = nullable ?? type;
        if (target.IsInstanceOfType(data) && (target != typeof(object) || data is not IDictionary))
            return data;
        try
        {
            return BindScalar(data, target) ?? BindCollection(data, target) ?? BindShape(data, target);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidCastException or ArgumentException
            or JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new DataBindingException($"{Describe(data)} does not fit the type {Name(type)}: {exception.Message}", exception);
        }
    }

    private static object? BindScalar(object data, Type type)
    {
        if (type == typeof(object))
            return data;
        if (type.IsEnum)
            return data is string name ? Enum.Parse(type, name, ignoreCase: true) : data is long or BigInteger ? Enum.ToObject(type, ToInt64(data)) : null;
        if (type == typeof(string))
            return data is byte[] text ? Encoding.UTF8.GetString(text) : data is Guid or decimal ? Convert.ToString(data, CultureInfo.InvariantCulture) : null;
        if (type == typeof(byte[]))
            return data is string base64 ? Convert.FromBase64String(base64) : null;
        if (type == typeof(BigInteger))
            return data is long whole ? new BigInteger(whole) : data is double fraction && fraction == Math.Floor(fraction) ? new BigInteger(fraction) : null;
        if (type == typeof(Int128))
            return data is long or BigInteger ? (Int128)ToBig(data) : null;
        if (type == typeof(UInt128))
            return data is long or BigInteger ? (UInt128)ToBig(data) : null;
        if (type == typeof(char))
            return data is string { Length: 1 } one ? one[0] : null;
        if (type.IsPrimitive || type == typeof(decimal))
            return BindNumber(data, type);
        return BindTime(data, type);
    }

    private static object? BindNumber(object data, Type type)
    {
        if (data is bool || type == typeof(bool))
            return null;
        bool toWhole = type != typeof(double) && type != typeof(float) && type != typeof(decimal);
        return data switch
        {
            BigInteger big => toWhole || type == typeof(decimal) ? Convert.ChangeType((decimal)big, type, CultureInfo.InvariantCulture) : Convert.ChangeType((double)big, type, CultureInfo.InvariantCulture),
            double fraction when toWhole && fraction != Math.Floor(fraction) => null,
            string text when type == typeof(decimal) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
            string => null,
            IConvertible number => Convert.ChangeType(number, type, CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    private static object? BindTime(object data, Type type)
    {
        if (type == typeof(DateTimeOffset))
        {
            return data switch
            {
                DateTime { Kind: DateTimeKind.Unspecified } naive => new DateTimeOffset(naive, TimeSpan.Zero),
                DateTime time => new DateTimeOffset(time),
                string text => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                _ => null,
            };
        }

        if (type == typeof(DateTime))
            return data is DateTimeOffset time ? time.UtcDateTime : data is string text ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) : null;
        if (type == typeof(DateOnly))
            return data is string text ? DateOnly.Parse(text, CultureInfo.InvariantCulture) : data is DateTime day ? DateOnly.FromDateTime(day) : null;
        if (type == typeof(TimeOnly))
            return data is string text ? TimeOnly.Parse(text, CultureInfo.InvariantCulture) : null;
        if (type == typeof(TimeSpan))
            return data is string text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : data is long or double ? TimeSpan.FromSeconds(Convert.ToDouble(data, CultureInfo.InvariantCulture)) : null;
        if (type == typeof(Guid))
            return data is string text ? Guid.Parse(text) : null;
        if (type == typeof(Uri))
            return data is string text ? new Uri(text, UriKind.RelativeOrAbsolute) : null;
        return null;
    }

    private static object? BindCollection(object data, Type type)
    {
        if (type == typeof(JsonElement))
            return ToElement(data);
        if (data is IDictionary map)
            return BindMap(map, type);
        if (data is string or byte[] || data is not IEnumerable items)
            return null;
        if (type.IsArray && type.GetArrayRank() == 1)
            return BindArray(items, type.GetElementType()!);
        if (typeof(ITuple).IsAssignableFrom(type) && type.IsGenericType)
            return BindTuple(items, type);
        if (ElementType(type) is not { } element)
            return null;
        Array array = BindArray(items, element);
        if (type.IsInstanceOfType(array))
            return array;
        Type list = typeof(List<>).MakeGenericType(element);
        if (type.IsAssignableFrom(list))
            return Activator.CreateInstance(list, array);
        Type set = typeof(HashSet<>).MakeGenericType(element);
        if (type.IsAssignableFrom(set))
            return Activator.CreateInstance(set, array);
        return type.GetConstructor([typeof(IEnumerable<>).MakeGenericType(element)])?.Invoke([array]);
    }

    private static object? BindMap(IDictionary map, Type type)
    {
        Type? contract = Contract(type, typeof(IDictionary<,>)) ?? Contract(type, typeof(IReadOnlyDictionary<,>));
        if (contract is null)
            return null;
        Type[] pair = contract.GetGenericArguments();
        Type dictionary = typeof(Dictionary<,>).MakeGenericType(pair);
        if (!type.IsAssignableFrom(dictionary))
            dictionary = type;
        if (Activator.CreateInstance(dictionary) is not IDictionary bound)
            return null;
        foreach (DictionaryEntry entry in map)
            bound.Add(BindKey(entry.Key, pair[0])!, Bind(entry.Value, pair[1]));
        return bound;
    }

    // In JSON every key is a text; where a number or a truth value is wanted, it stands in the text.
    private static object? BindKey(object key, Type type)
    {
        if (key is not string text || type == typeof(string) || type == typeof(char))
            return Bind(key, type);
        if (type == typeof(bool) && bool.TryParse(text, out bool truth))
            return truth;
        bool isNumeric = type.IsPrimitive || type == typeof(BigInteger) || type == typeof(Int128) || type == typeof(UInt128);
        if (!isNumeric)
            return Bind(key, type);
        if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole))
            return Bind(whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : whole, type);
        return Bind(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double fraction) ? fraction : key, type);
    }

    private static Array BindArray(IEnumerable items, Type element)
    {
        object?[] bound = [.. items.Cast<object?>().Select(item => Bind(item, element))];
        var array = Array.CreateInstance(element, bound.Length);
        for (int i = 0; i < bound.Length; i++)
            array.SetValue(bound[i], i);
        return array;
    }

    private static object? BindTuple(IEnumerable items, Type type)
    {
        object?[] values = [.. items.Cast<object?>()];
        Type[] types = type.GetGenericArguments();
        if (values.Length != types.Length)
            throw new FormatException($"it has {values.Length} items, the tuple {types.Length}.");
        return Activator.CreateInstance(type, [.. values.Select((value, i) => Bind(value, types[i]))]);
    }

    // Records and classes: what has a JSON shape is bound by System.Text.Json.
    private static object? BindShape(object data, Type type) =>
        data is IDictionary || (data is not string && data is IEnumerable)
            ? JsonSerializer.Deserialize(JobSerializer.Json.Serialize(data), type, DataTree.JsonOptions)
            : throw Misfit(data, type);

    private static JsonElement ToElement(object data) =>
        JsonSerializer.Deserialize<JsonElement>(JobSerializer.Json.Serialize(data));

    private static Type? ElementType(Type type) => Contract(type, typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static Type? Contract(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic
            ? type
            : Array.Find(type.GetInterfaces(), contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == generic);

    private static long ToInt64(object data) => data is BigInteger big ? (long)big : (long)data;

    private static BigInteger ToBig(object data) => data is BigInteger big ? big : (long)data;

    private static DataBindingException Misfit(object? data, Type type) => new($"{Describe(data)} does not fit the type {Name(type)}.");

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } underlying ? underlying.Name + "?" : type.IsGenericType ? type.ToString() : type.Name;

    private static string Describe(object? data) => data switch
    {
        null => "null",
        string => "A text",
        bool => "A bool",
        long or BigInteger => "A whole number",
        double => "A float",
        byte[] => "A bytes value",
        IDictionary => "A dict",
        Array => "A tuple",
        IList => "A list",
        _ => $"A {data.GetType().Name}",
    };
}

/// <summary>Data does not fit the type it is wanted as.</summary>
internal sealed class DataBindingException(string message, Exception? innerException = null) : RqException(message, innerException);
