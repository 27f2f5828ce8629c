using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace RQ.Conformance.Golden;

/// <summary>The reviewed file <c>tests/golden-differences</c>: every difference from RQ that is meant, and why it is harmless.</summary>
internal sealed class GoldenDifferences
{
    private readonly ConcurrentDictionary<Entry, bool> _used = new();

    private GoldenDifferences(IReadOnlyList<Entry> entries) => Entries = entries;

    public IReadOnlyList<Entry> Entries { get; }

    public IEnumerable<Entry> Unused => Entries.Where(entry => !_used.ContainsKey(entry));

    public static GoldenDifferences Load() => new(
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "golden-differences"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(Entry.Parse)]);

    /// <summary>Whether an entry stands for the difference; the first that does counts as used.</summary>
    public bool Explain(string scenario, Difference difference)
    {
        Entry? entry = Entries.FirstOrDefault(entry => entry.Explains(scenario, difference));
        if (entry is not null)
            _used[entry] = true;
        return entry is not null;
    }

    /// <summary>One line: scenario, key, field, kind, reason, test.</summary>
    internal sealed record Entry(string Scenario, string Key, string Field, DifferenceKind Kind, string Reason, string Test)
    {
        public static Entry Parse(string line)
        {
            string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
            return parts.Length == 6 && parts.All(part => part.Length > 0)
                ? new Entry(parts[0], parts[1], parts[2], Enum.Parse<DifferenceKind>(parts[3], ignoreCase: true), parts[4], parts[5])
                : throw new FormatException($"golden-differences: expected scenario | key | field | kind | reason | test, not: {line}");
        }

        public bool Explains(string scenario, Difference difference) =>
            Matches(Scenario, scenario) && Matches(Key, difference.Key) && Matches(Field, difference.Field) && Kind == difference.Kind;

        private static bool Matches(string pattern, string text) =>
            Regex.IsMatch(text, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
    }
}
