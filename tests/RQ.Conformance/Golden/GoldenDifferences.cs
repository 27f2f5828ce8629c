using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace RQ.Conformance.Golden;

/// <summary>The reviewed file <c>tests/golden-differences</c>: every difference from RQ that is meant, and why it is harmless.</summary>
internal sealed class GoldenDifferences
{
    private readonly ConcurrentDictionary<(Entry Entry, string Version), bool> _used = new();

    private GoldenDifferences(IReadOnlyList<Entry> entries) => Entries = entries;

    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>Each with a version that it is listed for and not seen in.</summary>
    public IEnumerable<(Entry Entry, string Version)> Unused =>
        Entries.SelectMany(entry => entry.Versions.Select(version => (entry, version))).Where(listed => !_used.ContainsKey(listed));

    public static GoldenDifferences Load()
    {
        var entries = new List<Entry>();
        string[] versions = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "golden-differences")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] == '[')
                versions = line.Trim('[', ']').Split(", ");
            else
                entries.Add(Entry.Parse(versions, line));
        }

        return new GoldenDifferences(entries);
    }

    /// <summary>Whether an entry stands for the difference; the first that does counts as used.</summary>
    public bool Explain(GoldenScenario golden, Difference difference)
    {
        Entry? entry = Entries.FirstOrDefault(entry => entry.Explains(golden, difference));
        if (entry is not null)
            _used[(entry, golden.Version)] = true;
        return entry is not null;
    }

    /// <summary>One line: scenario, key, field, kind, reason, test; below a heading that names the versions.</summary>
    internal sealed record Entry(string[] Versions, string Scenario, string Key, string Field, DifferenceKind Kind, string Reason, string Test)
    {
        public static Entry Parse(string[] versions, string line)
        {
            string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
            return parts.Length == 6 && parts.All(part => part.Length > 0) && versions.Length > 0 && !versions.Except(GoldenScenario.Versions).Any()
                ? new Entry(versions, parts[0], parts[1], parts[2], Enum.Parse<DifferenceKind>(parts[3], ignoreCase: true), parts[4], parts[5])
                : throw new FormatException($"golden-differences: expected [versions] and below it scenario | key | field | kind | reason | test, not: {line}");
        }

        public bool Explains(GoldenScenario golden, Difference difference) =>
            Versions.Contains(golden.Version) && Matches(Scenario, golden.Name)
            && Matches(Key, difference.Key) && Matches(Field, difference.Field) && Kind == difference.Kind;

        public override string ToString() => $"{Scenario} | {Key} | {Field} | {Kind}";

        private static bool Matches(string pattern, string text) =>
            Regex.IsMatch(text, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
    }
}
