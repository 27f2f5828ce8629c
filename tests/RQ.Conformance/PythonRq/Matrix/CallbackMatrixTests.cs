using Xunit;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>
/// Callbacks that only the other language knows: Python's of jobs that .NET runs are handed over to a Python worker, .NET's of jobs
/// that Python runs wait as jobs of their own for a .NET worker. Python looks at all of them.
/// </summary>
public sealed class CallbackMatrixTests(MatrixWorlds worlds) : IClassFixture<MatrixWorlds>
{
    private static readonly (string Enqueues, string Runs)[] s_crossings =
    [
        ("Python", ".NET"), ("Python", ".NET work horses"), (".NET", ".NET"), (".NET", "Python"),
    ];

    public static TheoryData<string, string, string, string> Cells => new(
        from crossing in s_crossings
        from format in (string[])["pickle", "JSON"]
        from scenario in Crossing(crossing.Enqueues, crossing.Runs, format).Scenarios
        select (crossing.Enqueues, crossing.Runs, format, scenario.Name));

    [Theory, MemberData(nameof(Cells))]
    public async Task Cell(string enqueues, string runs, string format, string scenario)
    {
        Combination combination = Crossing(enqueues, runs, format);
        MatrixWorld world = await worlds.OfAsync(combination);
        await world.ProveAsync(combination.Scenarios.Single(each => each.Name == scenario));
    }

    private static Combination Crossing(string enqueues, string runs, string format) => new(enqueues, runs, format, CallbacksCross: true);
}
