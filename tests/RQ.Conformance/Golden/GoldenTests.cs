using System.Collections.Concurrent;
using System.Reflection;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Golden;

/// <summary>We leave in Redis what RQ 2.10 leaves there, but for the differences listed in <c>tests/golden-differences</c>.</summary>
public class GoldenTests
{
    private static readonly GoldenDifferences s_expected = GoldenDifferences.Load();
    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<Difference>>>> s_runs = new();

    public static TheoryData<string> Scenarios => [.. GoldenPlays.All.Keys];

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Redis_looks_as_after_python(string scenario)
    {
        IReadOnlyList<Difference> unexplained = await UnexplainedAsync(scenario);
        string.Join('\n', unexplained).ShouldBeEmpty("Differences that are meant belong into tests/golden-differences, each with its proof.");
    }

    [Fact]
    public async Task Every_listed_difference_is_seen()
    {
        foreach (string scenario in GoldenPlays.All.Keys)
            await UnexplainedAsync(scenario);
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

    private static async Task<IReadOnlyList<Difference>> UnexplainedAsync(string scenario)
    {
        IReadOnlyList<Difference> differences = await s_runs.GetOrAdd(
            scenario, _ => new(() => GoldenRun.PlayAsync(scenario, GoldenPlays.All[scenario]))).Value;
        return [.. differences.Where(difference => !s_expected.Explain(scenario, difference))];
    }
}
