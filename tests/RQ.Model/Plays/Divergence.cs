namespace RQ.Model.Plays;

/// <summary>The server did something else than the model, or broke a rule that always holds.</summary>
internal sealed class Divergence(string where, IReadOnlyList<string> what) : Exception($"{where}\n  {string.Join("\n  ", what)}")
{
    /// <summary>At which step, and which call.</summary>
    public string Where { get; } = where;

    public IReadOnlyList<string> What { get; } = what;
}
