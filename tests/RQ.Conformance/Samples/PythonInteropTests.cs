using System.Diagnostics;
using System.Text.RegularExpressions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

/// <summary>The sample with workers and producers of both languages does what its page and the guide say.</summary>
public class PythonInteropTests
{
    private const string Folder = "samples/PythonInterop";

    [Fact]
    public async Task All_four_programs_print_what_the_page_shows()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world, Path.Combine("Samples", "PythonInterop"));
        using PythonWorker pythons = python.StartWorker("python");
        using Process worker = Process.Start(new ProcessStartInfo("dotnet", [Built(), "work", world.Url]) { RedirectStandardOutput = true })!;
        try
        {
            string[] shown = [.. Pages.Blocks("```text", $"{Folder}/README.md")];
            ShouldLookLike(await ProduceAsync(world.Url), shown[0]);
            ShouldLookLike(await python.FileAsync("producer.py", world.Url), shown[1]);

            // The callback, which .NET does not know, is run by Python.
            string told = Regex.Match(Pages.Read($"{Folder}/README.md"), "`(Order … is .*)`").Groups[1].Value;
            told.ShouldNotBeEmpty();
            await Eventually.BecomesAsync(
                () => Regex.IsMatch(pythons.Output, Regex.Escape(told).Replace("…", "[-0-9a-f]{36}", StringComparison.Ordinal)), $"Python's worker prints '{told}'");
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task The_examples_of_the_guide_run()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world, Path.Combine("Samples", "PythonInterop"));
        Job byName = await PythonExample.ByNameAsync(world.Queue());
        await PythonExample.ChooseFormatAsync(world.Rq);
        Job pickled = (await world.Queue("python").GetJobsAsync())[0];
        await python.WorkAsync("default", "python");

        (await byName.WaitForResultAsync(Eventually.Limit)).GetReturnValue<Dictionary<string, object?>>()!["per_day"].ShouldBe(12.5);
        (await pickled.GetLatestResultAsync()).ShouldNotBeNull().ExceptionText.ShouldNotBeNull().ShouldContain("NoSuchJobError");
    }

    [Fact]
    public async Task The_stubs_and_callbacks_of_the_guide_run()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world, Path.Combine("Samples", "Guide"));
        (Job<int> count, Job<string> text, Job<double> total, Job<string> page) = await PythonExample.WithStubsAsync(world.Rq);
        await PythonExample.WithCallbacksAsync(world.Queue("python"), "or not");
        await python.WorkAsync("python");

        (await count.WaitForResultAsync(Eventually.Limit)).ShouldBe(6);
        (await text.WaitForResultAsync(Eventually.Limit)).ShouldBe("hello in de, plain");
        text.Timeout.ShouldBe(TimeSpan.FromMinutes(10));
        (await total.WaitForResultAsync(Eventually.Limit)).ShouldBe(6.5);
        (await page.WaitForResultAsync(Eventually.Limit)).ShouldBe("Dear Zoë");
        world.Functions.Add("RQ.Conformance.Samples.Told.Failed", Told.Failed);
        await world.RunBurstAsync(["dotnet"]);
        Told.All.ShouldBe(["texts.count_words: 2"]);
    }

    [Fact]
    public void The_examples_of_the_guide_are_the_code_that_runs()
    {
        string[] code = Code($"{Folder}/Orders.cs", $"{Folder}/IForecasts.cs", $"{Folder}/Program.cs", "tests/RQ.Conformance/Samples/PythonExample.cs");
        ShouldBeIn(code, "```csharp");
        ShouldBeIn(Code($"{Folder}/forecasts.py", $"{Folder}/producer.py"), "```python");
    }

    private static void ShouldBeIn(string[] code, string fence)
    {
        string[][] blocks = [.. Pages.Blocks(fence, "docs/python.md").Select(Pages.Lines)];
        blocks.Length.ShouldBeGreaterThan(2);
        foreach (string[] shown in blocks)
        {
            bool isThere = Enumerable.Range(0, code.Length).Any(start => code.Skip(start).Take(shown.Length).SequenceEqual(shown));
            isThere.ShouldBeTrue(string.Join('\n', shown));
        }
    }

    private static string[] Code(params string[] files) => [.. files.SelectMany(file => Pages.Lines(Pages.Read(file)))];

    private static async Task<string> ProduceAsync(string url)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Built(), "produce", url]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        process.ExitCode.ShouldBe(0, await errors);
        return await output;
    }

    private static string Built()
    {
        var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(here.Parent!.Parent!.FullName, "PythonInterop", here.Name, "PythonInterop.dll");
    }

    /// <summary>In the expected text, <c>…</c> stands for anything within its line.</summary>
    private static void ShouldLookLike(string actual, string expected)
    {
        string pattern = "^" + Regex.Escape(expected.Trim()).Replace("…", "[^\n]*", StringComparison.Ordinal) + "$";
        Regex.IsMatch(actual.ReplaceLineEndings("\n").Trim(), pattern, RegexOptions.CultureInvariant).ShouldBeTrue($"It printed:\n{actual}\nThe page has:\n{expected}");
    }
}
