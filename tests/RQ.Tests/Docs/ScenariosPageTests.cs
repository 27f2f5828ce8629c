using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace RQ.Tests.Docs;

/// <summary>docs/scenarios.md says which tests show a scenario: they are there, and no scenario that a test is named after is missing.</summary>
public partial class ScenariosPageTests
{
    private static readonly string s_root = Root();
    private static readonly string s_page = File.ReadAllText(Path.Combine(s_root, "docs", "scenarios.md"));
    private static readonly HashSet<string> s_tests = [.. Sources().SelectMany(Tests)];

    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        string[] named = [.. NamedTest().Matches(s_page).Select(match => match.Groups["name"].Value)];
        named.Length.ShouldBeGreaterThan(100);
        named.Where(name => !s_tests.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_scenario_that_a_test_is_named_after_is_on_the_page()
    {
        HashSet<string> rows = [.. Row().Matches(s_page).Select(match => match.Groups["number"].Value)];
        rows.Count.ShouldBeGreaterThan(100);
        s_tests.SelectMany(test => Number().Matches(test).Select(match => match.Value)).Distinct().Where(number => !rows.Contains(number)).ShouldBeEmpty();
    }

    [Fact]
    public void Each_scenario_has_one_row_with_a_test_or_a_word_why_there_is_none() =>
        Row().Matches(s_page).GroupBy(match => match.Groups["number"].Value)
            .Where(group => group.Count() > 1 || !(NamedTest().IsMatch(group.Single().Value) || group.Single().Value.Contains("to come", StringComparison.Ordinal)))
            .Select(group => group.Key).ShouldBeEmpty();

    /// <summary>The tests of a file: <c>Class.Method</c>.</summary>
    private static IEnumerable<string> Tests(string file)
    {
        string? type = null;
        bool isTest = false;
        foreach (string line in File.ReadLines(file))
        {
            if (Class().Match(line) is { Success: true } declared)
                type = declared.Groups["name"].Value;
            isTest |= TestAttribute().IsMatch(line);
            if (!isTest || Method().Match(line) is not { Success: true } method)
                continue;
            yield return $"{type}.{method.Groups["name"].Value}";
            isTest = false;
        }
    }

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(s_root, "tests"), "*.cs", SearchOption.AllDirectories);

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "RQ.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"The repository's root is not above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex("`(?<name>[A-Za-z]+\\.\\w+)`")]
    private static partial Regex NamedTest();

    [GeneratedRegex("^\\| (?<number>S[0-9]{3}) \\|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("S[0-9]{3}(?![0-9])")]
    private static partial Regex Number();

    [GeneratedRegex("^(public|internal|sealed|static|abstract|partial| )*class (?<name>[A-Za-z0-9]+)")]
    private static partial Regex Class();

    [GeneratedRegex("^ +\\[(Fact|Theory|Property)\\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex("^    public (async )?[A-Za-z<>]+ (?<name>\\w+)\\(")]
    private static partial Regex Method();
}
