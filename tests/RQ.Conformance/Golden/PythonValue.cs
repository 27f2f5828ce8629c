using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>Values as Python shows them: those that we read, and those that Python saw when it wrote a golden file.</summary>
internal static partial class PythonValue
{
    public static string Of(object? value) => ShownValue.Of(value);

    /// <summary>What the file says about bytes: the text that they are, the pickled value, the JSON value, or the inflated text.</summary>
    public static string Seen(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
            return SeenText(value.GetString()!);
        if (value.TryGetProperty("pickle_repr", out JsonElement repr))
            return EscapedBytes.Replace(repr.GetString()!, match => $"b'{match.Groups[1].Value.Replace("\\x", "", StringComparison.Ordinal)}'");
        return Seen(value.GetProperty("zlib_inflated"));
    }

    private static string SeenText(string text)
    {
        if (text is not (['[', ..] or ['{', ..] or ['"', ..]))
            return text;
        using var json = JsonDocument.Parse(text);
        return Show(json.RootElement);
    }

    private static string Show(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => "None",
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Number => json.GetRawText(),
        JsonValueKind.String => $"'{json.GetString()}'",
        JsonValueKind.Array => $"[{string.Join(", ", json.EnumerateArray().Select(Show))}]",
        _ => "{" + string.Join(", ", json.EnumerateObject().Select(field => string.Create(CultureInfo.InvariantCulture, $"'{field.Name}': {Show(field.Value)}"))) + "}",
    };

    [GeneratedRegex(@"b'((?:\\x[0-9a-f]{2})+)'")]
    private static partial Regex EscapedBytes { get; }
}
