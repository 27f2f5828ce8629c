using System.Diagnostics;
using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Times as programs in different time zones give them.</summary>
public class LocalTimeTests
{
    [Theory]
    [InlineData("UTC", 0)]
    [InlineData("Asia/Shanghai", 0)]
    [InlineData("America/New_York", 4)]
    [InlineData("Australia/Lord_Howe", 2)]
    public async Task S059_and_SCH_1_the_score_is_the_moment_that_was_meant(string zone, int oddTimes)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string program = WorkerProcess.Tool.Replace("RQ.Tool", "RQ.Scheduler.TestHost", StringComparison.Ordinal);
        var start = new ProcessStartInfo("dotnet", [program, "times", world.Url]) { RedirectStandardOutput = true };
        start.Environment["TZ"] = zone;
        using Process process = Process.Start(start)!;
        string[] lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);

        // Winter and summer, five ways each; and the times that are skipped or come twice.
        lines.Length.ShouldBe(10 + oddTimes);
        foreach (string[] parts in lines.Select(line => line.Split(' ')))
        {
            parts[3].ShouldBe(zone);
            double? score = await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Scheduled("default"), parts[0]);
            score.ShouldNotBeNull().ShouldBe(double.Parse(parts[1], CultureInfo.InvariantCulture), 1, parts[2]);
        }

        lines.Count(line => line.Contains(" odd ", StringComparison.Ordinal)).ShouldBe(oddTimes);
    }
}
