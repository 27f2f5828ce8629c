using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>
/// The crash harness in a short form: everything at once, and something of all kinds strikes. Long runs, and what came out of them: docs/reliability.md.
/// Runs alone, because it starts some twenty processes.
/// </summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Chaos")]
public sealed class ChaosTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rq-chaos-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Whatever_strikes_no_job_is_lost_or_stuck_and_none_runs_twice_without_a_reason()
    {
        (int code, string text) = await RunAsync("--jobs", "2000", "--faults", "36", "--minutes", "1.1", "--quiet-limit", "6");

        output.WriteLine(text);
        string result = text.Split('\n').Single(line => line.Contains("result:"));
        result.ShouldContain("lost=0 stuck=0 unexplained=0 wrong=0 others=0");
        result.ShouldContain("faults=36");
        code.ShouldBe(0);
    }

    [Theory]
    [InlineData("lose", "lost=1 stuck=0 unexplained=0")]
    [InlineData("double", "lost=0 stuck=0 unexplained=1")]
    public async Task A_job_that_is_lost_or_doubled_by_hand_is_found(string what, string expected)
    {
        (int code, string text) = await RunAsync(
            "--jobs", "300", "--faults", "0", "--minutes", "0.1", "--workers", "in-process=1,horse=1,fresh=0,python=0", "--sabotage", what, "--keep", _directory);

        text.ShouldContain(expected);
        code.ShouldBe(1);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        // It says by itself how to install it; here a test is skipped, or fails, as all others do.
        await using (await RedisServer.StartAsync())
        {
        }

        string program = WorkerProcess.Tool.Replace("RQ.Tool", "RQ.Chaos", StringComparison.Ordinal);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(15));
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
