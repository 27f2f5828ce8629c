using System.Collections;
using System.Globalization;
using System.Numerics;

namespace RQ.TestSupport;

/// <summary>Shows a value that was read in the manner of Python's repr(), so that tests can compare whole values.</summary>
public static class ShownValue
{
    public static string Of(object? value) => value switch
    {
        null or DBNull => "None",
        true => "True",
        false => "False",
        string text => $"'{text}'",
        double number => number.ToString("R", CultureInfo.InvariantCulture) + (double.IsInteger(number) ? ".0" : ""),
        byte[] bytes => $"b'{Convert.ToHexStringLower(bytes)}'",
        object?[] { Length: 1 } tuple => $"({Of(tuple[0])},)",
        object?[] tuple => $"({Joined(tuple)})",
        IDictionary dict => "{" + string.Join(", ", dict.Keys.Cast<object>().Select(key => $"{Of(key)}: {Of(dict[key])}")) + "}",
        HashSet<object> set => "{" + string.Join(", ", set.Select(Of).Order(StringComparer.Ordinal)) + "}",
        IEnumerable list => $"[{Joined(list.Cast<object?>())}]",
        DateTime time => $"datetime({time:yyyy-MM-ddTHH:mm:ss.ffffff})",
        DateTimeOffset time => $"datetime({time:yyyy-MM-ddTHH:mm:ss.ffffffzzz})",
        DateOnly date => $"date({date:yyyy-MM-dd})",
        TimeOnly time => $"time({time:HH:mm:ss.ffffff})",
        TimeSpan duration => $"timedelta({duration.Ticks / 10})",
        Complex number => $"complex({Of(number.Real)}, {Of(number.Imaginary)})",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"Unexpected {value.GetType()}.", nameof(value)),
    };

    private static string Joined(IEnumerable<object?> values) => string.Join(", ", values.Select(Of));
}
