namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>Who enqueues, who runs, and in which format the calls and results are.</summary>
/// <param name="Enqueues">Python or .NET.</param>
/// <param name="Runs">Python, .NET or .NET work horses.</param>
/// <param name="Format">pickle or JSON.</param>
/// <param name="CallbacksCross">Whether the callbacks of the jobs are known to the language alone that does not run them.</param>
public sealed record Combination(string Enqueues, string Runs, string Format, bool CallbacksCross = false)
{
    internal bool IsJson => Format == "JSON";

    /// <summary>What happens in it.</summary>
    internal IEnumerable<Scenario> Scenarios => (CallbacksCross, Runs) switch
    {
        (false, _) => MatrixScenarios.All,
        (true, "Python") => CallbackScenarios.OfDotNet,
        _ => CallbackScenarios.OfPython.Where(scenario => Enqueues != "Python" || scenario.InPython is not null),
    };
}
