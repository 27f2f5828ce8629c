namespace RQ.Bench.Races;

/// <summary>The figures of all rounds.</summary>
internal sealed class Results
{
    private readonly OrderedDictionary<string, (string Unit, List<double> Values)> _figures = [];
    private readonly Dictionary<string, string> _missing = [];

    public IEnumerable<(string Name, string Unit, IReadOnlyList<double> Values)> All =>
        _figures.Select(figure => (figure.Key, figure.Value.Unit, (IReadOnlyList<double>)figure.Value.Values));

    /// <summary>Whether a measurement that was begun did not come to its end.</summary>
    public bool AnyFailed { get; private set; }

    public void Add(Contender contender, IEnumerable<Figure> figures)
    {
        foreach (Figure figure in figures)
        {
            string name = $"{contender.Name}.{figure.Name}";
            if (!_figures.TryGetValue(name, out var known))
                _figures[name] = known = (figure.Unit, []);
            known.Values.Add(figure.Value);
        }
    }

    public void AddFailure(Contender contender, string reason)
    {
        AnyFailed = true;
        _missing[contender.Name] = reason;
    }

    public void AddSkipped(Contender contender, string reason) => _missing.TryAdd(contender.Name, reason);

    /// <summary>The median over all rounds; <c>null</c> when there is none.</summary>
    public double? Median(string figure) => _figures.TryGetValue(figure, out var known) ? Bench.Median.Of(known.Values) : null;

    /// <summary>Our median and the best of theirs.</summary>
    public (double? Ours, double? Theirs) Of(Row row)
    {
        double[] theirs = [.. row.Theirs.Select(Median).OfType<double>()];
        return (Median(row.Ours), theirs.Length == 0 ? null : row.HighIsGood ? theirs.Max() : theirs.Min());
    }

    /// <summary>The ratio; or our figure, when there is nothing to compare it with. <c>null</c> when something was not measured.</summary>
    public double? Value(Row row) => (Of(row), row.Theirs.Length) switch
    {
        (({ } ours, _), 0) => ours,
        (({ } ours, { } theirs), _) when theirs > 0 => ours / theirs,
        _ => null,
    };

    /// <summary>Why a row has no value.</summary>
    public string WhyNot(Row row) =>
        row.Contenders.Select(contender => _missing.GetValueOrDefault(contender)).OfType<string>().FirstOrDefault() ?? "not measured";
}
