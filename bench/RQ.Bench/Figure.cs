using System.Globalization;
using System.Text.RegularExpressions;

namespace RQ.Bench;

/// <summary>One number that a measurement found. Measurements print theirs in one line, ours as the peers' drivers do: <c>name drain=19100/s p50=1.16ms</c>.</summary>
/// <param name="Name">What it is, such as <c>drain</c>.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit, as it is written behind it: <c>/s</c>, <c>ms</c>, <c>us</c>, <c>B</c>, <c>MB</c>, or nothing.</param>
internal sealed partial record Figure(string Name, double Value, string Unit = "")
{
    /// <summary>All figures in a line, in order.</summary>
    public static IReadOnlyList<Figure> ReadAll(string line) => [.. Pattern().Matches(line).Select(match =>
        new Figure(match.Groups[1].Value, double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), match.Groups[3].Value))];

    public override string ToString() => $"{Name}={Number(Value)}{Unit}";

    /// <summary>A number with as many digits as are worth reading.</summary>
    public static string Number(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "F0", >= 10 => "F1", >= 1 => "F2", _ => "F3" }, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"([A-Za-z][\w-]*)=([0-9]+(?:\.[0-9]+)?)(/s|[A-Za-z]*)")]
    private static partial Regex Pattern();
}
