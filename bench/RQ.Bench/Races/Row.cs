namespace RQ.Bench.Races;

/// <summary>
/// One target: a figure of ours against those of others, or by itself. Figures are named <c>contender.figure</c>.
/// </summary>
/// <param name="Name">Its name in the lines <c>ratio NAME VALUE TARGET</c>.</param>
/// <param name="Part">With which others it is asked for.</param>
/// <param name="Work">What is measured, for people.</param>
/// <param name="Target">What the ratio should be, or the figure when there is nothing to compare it with.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Theirs">What it is divided by; of several, the best counts.</param>
internal sealed record Row(string Name, string Part, string Work, Target Target, string Ours, params string[] Theirs)
{
    /// <summary>The contenders that it needs.</summary>
    public IEnumerable<string> Contenders => Theirs.Prepend(Ours).Select(figure => figure[..figure.IndexOf('.', StringComparison.Ordinal)]);

    /// <summary>Rates are better when they are high; times, when they are low.</summary>
    public bool HighIsGood => Target.Least is not null;
}
