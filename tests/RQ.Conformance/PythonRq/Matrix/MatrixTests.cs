using Xunit;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>
/// One Redis shared in every way: whoever enqueues, whoever runs, in either format, Python finds each thing done as its own
/// RQ would have done it.
/// </summary>
public sealed class MatrixTests(MatrixWorlds worlds) : IClassFixture<MatrixWorlds>
{
    private const string Totals = "totals";

    private static readonly Combination[] s_combinations =
    [
        .. from enqueues in (string[])["Python", ".NET"]
           from runs in (string[])["Python", ".NET", ".NET work horses"]
           from format in (string[])["pickle", "JSON"]
           select new Combination(enqueues, runs, format),
    ];

    public static TheoryData<string, string, string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, string, string>();
            foreach (Combination combination in s_combinations)
            {
                // The totals soon after the rest: what is kept for minutes counts.
                foreach (string name in combination.Scenarios.Select(scenario => scenario.Name).Append(Totals))
                    cells.Add(combination.Enqueues, combination.Runs, combination.Format, name);
            }

            return cells;
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Cell(string enqueues, string runs, string format, string scenario)
    {
        MatrixWorld world = await worlds.OfAsync(new Combination(enqueues, runs, format));
        if (scenario == Totals)
            await world.ProveTotalsAsync();
        else
            await world.ProveAsync(MatrixScenarios.All.Single(each => each.Name == scenario));
    }
}
