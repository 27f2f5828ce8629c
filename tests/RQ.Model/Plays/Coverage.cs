using System.Text.RegularExpressions;

namespace RQ.Model.Plays;

/// <summary>How often each transition was called, and each outcome that it had.</summary>
internal sealed partial class Coverage
{
    private readonly SortedDictionary<string, SortedDictionary<string, long>> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _calls = new(StringComparer.Ordinal);

    public long Calls { get; private set; }

    public long SentTwice { get; set; }

    public long DeliveredLate { get; set; }

    public IReadOnlyCollection<string> Scripts => _calls.Keys;

    public void Note(string script, string? answer)
    {
        Calls++;
        _calls[script] = _calls.GetValueOrDefault(script) + 1;
        SortedDictionary<string, long> outcomes = _outcomes.TryGetValue(script, out var known) ? known : _outcomes[script] = new(StringComparer.Ordinal);
        foreach (string outcome in Words().Matches(answer ?? "").Select(match => match.Value).Distinct())
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        // Of a take the word is said, and how much it took.
        if (script == "take" && answer?.EndsWith("[]", StringComparison.Ordinal) == false)
            outcomes["taken"] = outcomes.GetValueOrDefault("taken") + 1;
    }

    public long Of(string script, string outcome) => _outcomes.TryGetValue(script, out var outcomes) ? outcomes.GetValueOrDefault(outcome) : 0;

    public void Add(Coverage other)
    {
        Calls += other.Calls;
        SentTwice += other.SentTwice;
        DeliveredLate += other.DeliveredLate;
        foreach ((string script, long count) in other._calls)
            _calls[script] = _calls.GetValueOrDefault(script) + count;
        foreach ((string script, var outcomes) in other._outcomes)
        {
            SortedDictionary<string, long> mine = _outcomes.TryGetValue(script, out var known) ? known : _outcomes[script] = new(StringComparer.Ordinal);
            foreach ((string outcome, long count) in outcomes)
                mine[outcome] = mine.GetValueOrDefault(outcome) + count;
        }
    }

    public override string ToString() => string.Join('\n', _calls.Select(call =>
        $"{call.Key,-20} {call.Value,9}   {string.Join(", ", _outcomes[call.Key].OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Key} {outcome.Value}"))}"));

    // Ids have digits and one letter; verdicts and statuses are longer words.
    [GeneratedRegex("[a-z_]{3,}")]
    private static partial Regex Words();
}
