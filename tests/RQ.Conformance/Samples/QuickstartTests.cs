using System.Diagnostics;
using System.Text.RegularExpressions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

public class QuickstartTests
{
    [Fact]
    public async Task Quickstart_ends_well_and_prints_what_the_documents_show()
    {
        DirectoryInfo elsewhere = Directory.CreateTempSubdirectory("rq-quickstart-");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [BuiltSample()])
        {
            WorkingDirectory = elsewhere.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        process.ExitCode.ShouldBe(0, await errors);
        string expected = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Samples", "expected-output.txt"));
        ShouldLookLike((await output).ReplaceLineEndings("\n"), expected.ReplaceLineEndings("\n"));
        elsewhere.EnumerateFileSystemInfos().ShouldBeEmpty();
        elsewhere.Delete();
    }

    // Both are built into artifacts/bin/<project>/<configuration>/.
    private static string BuiltSample()
    {
        var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(here.Parent!.Parent!.FullName, "Quickstart", here.Name, "Quickstart.dll");
    }

    /// <summary>In the expected text, <c>…</c> stands for anything within its line.</summary>
    private static void ShouldLookLike(string actual, string expected)
    {
        string pattern = "^" + Regex.Escape(expected).Replace("…", "[^\n]*", StringComparison.Ordinal) + "$";
        Regex.IsMatch(actual, pattern, RegexOptions.CultureInvariant)
            .ShouldBeTrue($"The sample printed:\n{actual}\nsamples/Quickstart/expected-output.txt has:\n{expected}");
    }
}
