using System.Text.RegularExpressions;

namespace RQ.Conformance.Golden;

/// <summary>Tells whether texts are the same but for their random ids, where the same id always stands for the same id.</summary>
internal sealed partial class RandomIds
{
    private readonly Dictionary<string, string> _ours = [];
    private readonly Dictionary<string, string> _golden = [];

    /// <summary>The text with <c>&lt;id&gt;</c> in the place of each UUID, each 32 hex digits, each id of a cron schedule's job, and each cron scheduler's name.</summary>
    public static string Hide(string text) => Id.Replace(text, "<id>");

    public bool AreSame(string golden, string ours) =>
        Hide(golden) == Hide(ours)
        && Id.Matches(golden).Zip(Id.Matches(ours)).All(pair => Pair(pair.First.Value, pair.Second.Value));

    private bool Pair(string golden, string ours) =>
        Known(_ours, golden, ours) & Known(_golden, ours, golden);

    private static bool Known(Dictionary<string, string> map, string from, string to)
    {
        map.TryAdd(from, to);
        return map[from] == to;
    }

    [GeneratedRegex("(?<![0-9a-z])([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]+-[0-9a-f]{16}-[0-9]{8}T[0-9]{6}Z|[^:\\s]+:[0-9]+:[0-9a-f]{6})(?![0-9a-z])")]
    private static partial Regex Id { get; }
}
