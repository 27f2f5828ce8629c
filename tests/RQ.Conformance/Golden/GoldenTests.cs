using System.Collections.Concurrent;
using System.Reflection;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Golden;

/// <summary>We leave in Redis what RQ 1.13, 2.10 and its successor leave there, but for the differences listed in <c>tests/golden-differences</c>.</summary>
public class GoldenTests
{
    private static readonly GoldenDifferences s_expected = GoldenDifferences.Load();
    private static readonly ConcurrentDictionary<string, Lazy<Task<GoldenRun>>> s_runs = new();

    public static TheoryData<string, string> Scenarios
    {
        get
        {
            var scenarios = new TheoryData<string, string>();
            foreach (string scenario in GoldenPlays.All.Keys)
            {
                foreach (string version in GoldenScenario.VersionsOf(scenario))
                    scenarios.Add(version, scenario);
            }

            return scenarios;
        }
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Redis_looks_as_after_python(string version, string scenario)
    {
        IReadOnlyList<Difference> unexplained = await UnexplainedAsync(version, scenario);
        string.Join('\n', unexplained).ShouldBeEmpty("Differences that are meant belong into tests/golden-differences, each with its proof.");
    }

    [Fact]
    public async Task Every_listed_difference_is_seen()
    {
        foreach (string scenario in GoldenPlays.All.Keys)
        {
            foreach (string version in GoldenScenario.VersionsOf(scenario))
                await UnexplainedAsync(version, scenario);
        }

        s_expected.Unused.ShouldBeEmpty();
    }

    [Fact]
    public void Every_listed_difference_names_a_test_that_proves_it_harmless()
    {
        MethodInfo[] tests = [.. typeof(GoldenTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())];
        s_expected.Entries.Select(entry => entry.Test).Distinct()
            .Except(tests.Select(test => $"{test.DeclaringType!.Name}.{test.Name}"))
            .ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<Difference>> UnexplainedAsync(string version, string scenario)
    {
        GoldenRun run = await s_runs.GetOrAdd(scenario, _ => new(() => GoldenRun.PlayAsync(GoldenPlays.All[scenario]))).Value;
        GoldenScenario golden = GoldenScenario.Load(scenario, version);
        return [.. run.Compare(golden).Where(difference => !s_expected.Explain(golden, difference))];
    }
}
