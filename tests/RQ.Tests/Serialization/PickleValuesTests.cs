using System.Globalization;
using System.Text;
using System.Text.Json;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Values of Python and what they are as data, which Python has worked out by itself.</summary>
public sealed class PickleValuesTests
{
    private const int Count = 2_000;
    private const string Seed = "1";

    [Fact]
    public async Task Values_that_python_makes_at_random_are_the_data_that_it_says_and_come_back()
    {
        var lines = (await PythonAsync("write", "")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(Count);
        var written = new StringBuilder();
        var wrong = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split('\t');
            var expected = PickleData.OfDescription(JsonDocument.Parse(parts[1]).RootElement);
            object? value = null;
            string found;
            try
            {
                value = PickleReader.Read(Convert.FromHexString(parts[0]));
                found = PickleData.Of(value);
            }
            catch (PickleException exception)
            {
                found = exception.Message;
            }
            if (found != expected)
            {
                wrong.Add($"Value {i}, protocol {i % 6}:\n{found}\ninstead of\n{expected}\nin {parts[0]}");
            }
            written.Append(Convert.ToHexStringLower(PickleWriter.Write(value))).Append('\n');
        }
        wrong.ShouldBeEmpty($"{wrong.Count} values are wrong. {wrong.FirstOrDefault()}");

        await PythonAsync("check", written.ToString());
    }

    [Fact]
    public void Values_of_libraries_are_the_data_that_those_say()
    {
        var wrong = new List<string>();
        foreach (var (name, pickle, expected) in PickleGolden.All)
        {
            string found;
            try
            {
                found = PickleData.Of(PickleReader.Read(pickle));
            }
            catch (PickleException exception)
            {
                found = exception.Message;
            }
            if (found != expected)
            {
                wrong.Add($"{name}:\n{found}\ninstead of\n{expected}\n");
            }
        }
        PickleGolden.All.Count.ShouldBeGreaterThan(600);
        wrong.ShouldBeEmpty($"{wrong.Count} values are wrong. {string.Join('\n', wrong.Take(5))}");
    }

    private static Task<string> PythonAsync(string command, string stdin) => Python.RunAsync(
        ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Serialization", "golden", "python_values.py"), command, Count.ToString(CultureInfo.InvariantCulture), Seed],
        stdin,
        start =>
        {
            // So that both processes list the items of a set in the same order.
            start.Environment["PYTHONHASHSEED"] = "0";
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        },
        TestContext.Current.CancellationToken);
}
