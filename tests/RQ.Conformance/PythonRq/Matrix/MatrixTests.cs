using Xunit;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>
/// One Redis shared in every way: whoever enqueues, whoever runs, in either format, Python finds each thing done as its own
/// RQ would have done it.
/// </summary>
public sealed class MatrixTests(MatrixWorlds worlds) : IClassFixture<MatrixWorlds>
{
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
                foreach (Scenario scenario in combination.Scenarios)
                    cells.Add(combination.Enqueues, combination.Runs, combination.Format, scenario.Name);
            }

            return cells;
        }
    }

    public static TheoryData<string, string, string> Combinations
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (Combination combination in s_combinations)
                rows.Add(combination.Enqueues, combination.Runs, combination.Format);
            return rows;
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Cell(string enqueues, string runs, string format, string scenario)
    {
        MatrixWorld world = await worlds.OfAsync(new Combination(enqueues, runs, format));
        await world.ProveAsync(MatrixScenarios.All.Single(each => each.Name == scenario));
    }

    [Theory, MemberData(nameof(Combinations))]
    public async Task Totals(string enqueues, string runs, string format)
    {
        MatrixWorld world = await worlds.OfAsync(new Combination(enqueues, runs, format));
        await world.ProveTotalsAsync();
    }
}
