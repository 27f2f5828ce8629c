namespace RQ.Bench.Races;

/// <summary>Runs every contender once in each round, in turn, each with a server of its own.</summary>
internal sealed class Race
{
    private readonly RaceOptions _options;
    private readonly TextWriter _output;
    private readonly IReadOnlyList<Contender> _contenders;
    private readonly List<string> _versions = [];

    public Race(RaceOptions options, TextWriter output)
    {
        _options = options;
        _output = output;
        Rows = [.. Targets.All.Where(row => IsWanted(row.Part))];
        HashSet<string> names = [.. Rows.SelectMany(row => row.Contenders), .. Targets.Shown.Where(shown => IsWanted(shown.Part)).Select(shown => shown.Contender)];
        _contenders = [.. Contender.All.Where(contender => names.Contains(contender.Name))];
    }

    /// <summary>Which versions the peers have that are there.</summary>
    public IReadOnlyList<string> PeerVersions => _versions;

    /// <summary>The targets that are looked at.</summary>
    public IReadOnlyList<Row> Rows { get; }

    public async Task<Results> RunAsync(CancellationToken cancellationToken)
    {
        var results = new Results();
        List<Contender> present = await PresentAsync(results, cancellationToken);
        for (int round = 1; round <= _options.Rounds; round++)
        {
            foreach (Contender contender in present.Where(contender => round == 1 || !contender.IsRunOnce))
            {
                try
                {
                    string line = await Lane.RunAsync(contender, _options, cancellationToken);
                    IReadOnlyList<Figure> figures = Figure.ReadAll(line);
                    if (figures.Count == 0)
                        throw new InvalidOperationException($"It printed no figures: {line}");
                    results.Add(contender, figures);
                    await _output.WriteLineAsync($"round {round}: {contender.Name,-16} {line}");
                }
                catch (InvalidOperationException exception)
                {
                    results.AddFailure(contender, exception.Message.ReplaceLineEndings(" "));
                    await _output.WriteLineAsync($"round {round}: {contender.Name,-16} FAILED: {exception.Message}");
                }
            }
        }

        return results;
    }

    private bool IsWanted(string part) => _options.Parts?.Contains(part) ?? true;

    private async Task<List<Contender>> PresentAsync(Results results, CancellationToken cancellationToken)
    {
        var present = new List<Contender>();
        var reasons = new Dictionary<Peer, string?>();
        foreach (Contender contender in _contenders)
        {
            string? reason = null;
            if (contender.Peer is { } peer && !reasons.TryGetValue(peer, out reason))
            {
                reason = reasons[peer] = await WhyNotAsync(peer, cancellationToken);
                if (reason is not null)
                    await _output.WriteLineAsync($"skipped: {reason}");
            }

            if (reason is null)
                present.Add(contender);
            else
                results.AddSkipped(contender, reason);
        }

        return present;
    }

    private async Task<string?> WhyNotAsync(Peer peer, CancellationToken cancellationToken)
    {
        if (!(_options.Peers?.Contains(peer.Name) ?? peer.IsUsual))
            return $"{peer.Name} was not asked for";
        if (await Lane.VersionAsync(peer, _options, cancellationToken) is not { } version)
            return $"{peer.Name} is not installed ({peer.Install})";
        _versions.Add(version);
        return null;
    }
}
