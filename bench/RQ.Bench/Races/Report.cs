using System.Globalization;

namespace RQ.Bench.Races;

/// <summary>What a race found, as tables and as lines.</summary>
internal static class Report
{
    /// <summary>Where and when the figures were found, and with what.</summary>
    public static void WriteHead(TextWriter output, DateTimeOffset begin, string machine, IReadOnlyList<string> versions, RaceOptions options)
    {
        string time = Math.Ceiling((DateTimeOffset.UtcNow - begin).TotalMinutes).ToString(CultureInfo.InvariantCulture);
        output.WriteLine();
        output.WriteLine($"{begin.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC, {options.Rounds} rounds, {options.Jobs:N0} jobs, {time} minutes; {machine}, at the end {Machine.Load}.");
        output.WriteLine($"{string.Join("; ", versions)}.");
        if (options.Quick)
            output.WriteLine($"A quick run, with a backlog of {options.Backlog:N0}: its figures say little.");
    }

    public static void Write(TextWriter output, Results results, IReadOnlyList<Row> rows)
    {
        if (!results.All.Any() && rows.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("| measured | median | least | most |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        foreach ((string name, string unit, IReadOnlyList<double> values) in results.All)
            output.WriteLine($"| {name} | {Text(Median.Of(values), unit)} | {Text(values.Min(), unit)} | {Text(values.Max(), unit)} |");
        if (rows.Count == 0)
            return;

        output.WriteLine();
        output.WriteLine("| work | ours | theirs | ratio | target | |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | --- |");
        foreach (Row row in rows)
        {
            (double? ours, double? theirs) = results.Of(row);
            output.WriteLine($"| {row.Work} | {Text(ours)} | {Text(theirs)} | {Text(row.Theirs.Length == 0 ? null : results.Value(row))} | {row.Target} | {Verdict(results, row)} |");
        }

        output.WriteLine();
        foreach (Row row in rows)
            output.WriteLine($"ratio {row.Name} {results.Value(row)?.ToString("0.###", CultureInfo.InvariantCulture) ?? "-"} {row.Target} {Verdict(results, row)}");
    }

    private static string Verdict(Results results, Row row) => results.Value(row) switch
    {
        { } value when row.Target.IsMetBy(value) => "met",
        { } => "missed",
        null => $"skipped: {results.WhyNot(row)}",
    };

    private static string Text(double? value, string unit = "") => value is { } number ? $"{Figure.Number(number)} {unit}".TrimEnd() : "–";
}
