using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

/// <summary>What the page on scheduling shows is what happens.</summary>
public class SchedulingTests
{
    [Theory, OnEachBackend]
    public async Task The_examples_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<Words>();
        Reports.Sent.Clear();
        using var stop = new CancellationTokenSource();
        await SchedulingExample.StoreAsync(world.Rq);
        await SchedulingExample.LaterAsync(world.Queue());
        Task worker = SchedulingExample.RunAsync(world.Rq, world.Functions, stop.Token);

        await Eventually.BecomesAsync(
            () => Reports.Sent.Contains("soon") && Reports.Sent.Contains("clean") && Reports.Sent.Count(sent => sent == "thrice") % 3 == 0 && Reports.Sent.Contains("thrice"), "all have run");
        (IReadOnlyList<DateTimeOffset> next, Job? now) = await SchedulingExample.ManageAsync(world.Rq);

        next.Count.ShouldBe(3);
        await now!.WaitForResultAsync(Eventually.Limit);
        (await world.Rq.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(["report"]);
        await stop.CancelAsync();
        await worker.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public void The_examples_are_the_code_that_runs()
    {
        string[] code = [.. new[] { "tests/RQ.Conformance/Samples/SchedulingExample.cs", "tests/RQ.Cron.TestHost/Nightly.cs", "samples/WebApp/Program.cs" }.SelectMany(file => Pages.Lines(Pages.Read(file)))];
        string[][] blocks = [.. Pages.Blocks("```csharp", "docs/scheduling.md").Select(Pages.Lines)];
        blocks.Length.ShouldBe(7);
        foreach (string[] shown in blocks)
            code.Skip(Array.IndexOf(code, shown[0])).Take(shown.Length).ShouldBe(shown);
    }

    [Fact]
    public void S067_S068_the_table_of_summer_time_is_what_schedules_do()
    {
        string[][] rows = [.. Pages.Lines(Pages.Read("docs/scheduling.md")).Where(line => line.StartsWith("| `30 ", StringComparison.Ordinal) || line.StartsWith("| `*", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..4])];
        rows.Length.ShouldBe(4);
        foreach (string[] row in rows)
        {
            string cron = row[0].Trim('`');
            Times(cron, new DateTimeOffset(2027, 3, 28, 1, 0, 0, TimeSpan.FromHours(1))).ShouldBe(row[1], cron);
            Times(cron, new DateTimeOffset(2027, 10, 31, 1, 0, 0, TimeSpan.FromHours(2))).ShouldBe(row[2], cron);
        }
    }

    /// <summary>The times between 01:00 and 04:00 of that day.</summary>
    private static string Times(string cron, DateTimeOffset one)
    {
        CronSchedule schedule = CronSchedule.For("n", cron, () => Reports.CleanUp()) with { TimeZone = "Europe/Berlin" };
        IEnumerable<DateTimeOffset> times = schedule.Preview(one.AddSeconds(-1), 20).TakeWhile(time => time.DateTime < one.DateTime.Date.AddHours(4));
        return string.Join(", ", times.Select(time => time.ToString("HH:mm zzz", CultureInfo.InvariantCulture)));
    }
}
