using System.Globalization;

namespace RQ.Model.Checks;

/// <summary>Says in what two states differ, a line per difference.</summary>
internal static class Comparison
{
    /// <summary>So much time every key is given on the server at least, µs: it counts by its own clock, and a slow machine must not make it forget what the play still has.</summary>
    public const long LeastTime = 60_000_000;

    /// <param name="expected">What the model says.</param>
    /// <param name="actual">What was read.</param>
    /// <param name="slack">By how many µs the times may differ at which keys expire: the server counts them by its own clock.</param>
    public static IReadOnlyList<string> Differences(Keyspace expected, Keyspace actual, long slack)
    {
        var differences = new List<string>();
        foreach (string key in expected.Entries.Keys.Union(actual.Entries.Keys).Order(StringComparer.Ordinal))
        {
            Entry? wanted = expected[key], found = actual[key];
            if (wanted is null)
                differences.Add($"{key}: is there ({Text(found!)}), and should not be");
            else if (found is null)
                differences.Add($"{key}: is not there, and should be {Text(wanted)}");
            else
                Compare(key, wanted, found, actual.Now, slack, differences);
        }

        return differences;
    }

    private static void Compare(string key, Entry wanted, Entry found, long now, long slack, List<string> differences)
    {
        if (wanted.Kind != found.Kind)
            differences.Add($"{key}: is a {found.Kind}, and should be a {wanted.Kind}");
        else if (wanted.Kind == Kind.Hash)
            CompareFields(key, wanted, found, differences);
        else if (!HaveSameContent(wanted, found))
            differences.Add($"{key}: is {Text(found)}, and should be {Text(wanted)}");
        // The template lives as long as the last result that was made of it, which may be any of those of one call.
        if (key == "result-template")
            return;
        if (wanted.Expires is null != found.Expires is null || (Math.Abs((wanted.Expires ?? 0) - (found.Expires ?? 0)) > slack && !AreBothShort(wanted.Expires ?? 0, found.Expires ?? 0, now, slack)))
            differences.Add($"{key}: expires {Time(found.Expires, now)}, and should {Time(wanted.Expires, now)}");
    }

    private static bool AreBothShort(long wanted, long found, long now, long slack) => wanted - now <= LeastTime && found - now <= LeastTime + slack;

    private static void CompareFields(string key, Entry wanted, Entry found, List<string> differences)
    {
        foreach (string field in wanted.Fields.Keys.Union(found.Fields.Keys).Order(StringComparer.Ordinal))
        {
            string? expected = wanted.Fields.GetValueOrDefault(field), actual = found.Fields.GetValueOrDefault(field);
            if (expected != actual && !(field == "total_working_time" && AreClose(expected, actual)))
                differences.Add($"{key}: {field} is {actual ?? "absent"}, and should be {expected ?? "absent"}");
        }
    }

    private static bool HaveSameContent(Entry wanted, Entry found) => wanted.Kind switch
    {
        Kind.Text => wanted.Text == found.Text,
        Kind.List or Kind.Stream => wanted.Elements.SequenceEqual(found.Elements),
        Kind.Set => wanted.Members.Count == found.Members.Count && wanted.Members.Keys.All(found.Members.ContainsKey),
        _ => wanted.InOrder.SequenceEqual(found.Elements.Count > 0 ? found.Elements : found.InOrder)
            && wanted.Members.All(member => IsClose(member.Value, found.Members[member.Key])),
    };

    private static bool IsClose(double one, double other) => one.Equals(other) || Math.Abs(one - other) < 0.000_01;

    private static bool AreClose(string? one, string? other) =>
        double.TryParse(one, CultureInfo.InvariantCulture, out double first) && double.TryParse(other, CultureInfo.InvariantCulture, out double second) && Math.Abs(first - second) < 0.001;

    private static string Time(long? expires, long now) => expires is { } time
        ? string.Create(CultureInfo.InvariantCulture, $"in {(time - now) / 1_000_000.0:F1} s")
        : "never";

    private static string Text(Entry entry) => entry.Kind switch
    {
        Kind.Text => $"'{entry.Text}'",
        Kind.List or Kind.Stream => $"[{string.Join(", ", entry.Elements)}]",
        Kind.Set => $"{{{string.Join(", ", entry.Members.Keys.Order(StringComparer.Ordinal))}}}",
        Kind.Sorted => $"{{{string.Join(", ", entry.InOrder.Select(member => $"{member} {entry.Members[member].ToString(CultureInfo.InvariantCulture)}"))}}}",
        _ => $"{{{string.Join(", ", entry.Fields.Where(field => field.Key is not ("data" or "description")).Select(field => $"{field.Key}={field.Value}"))}}}",
    };
}
