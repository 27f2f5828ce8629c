using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

/// <summary>What the README shows is what happens.</summary>
public class ReadmeTests
{
    private static readonly string s_root = Root();

    [Fact]
    public async Task The_example_runs()
    {
        (int words, Job later) = await ReadmeExample.RunAsync();
        words.ShouldBe(6);
        later.Status.ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public void The_example_is_the_code_that_runs()
    {
        string[] code = Lines(File.ReadAllText(Path.Combine(s_root, "tests/RQ.Conformance/Samples/ReadmeExample.cs")));
        string[] shown = Lines(Block("```csharp"));
        int start = Array.IndexOf(code, shown[0]);
        code.Skip(start).Take(shown.Length).ShouldBe(shown);
    }

    [Fact]
    public void The_output_is_what_the_sample_prints() =>
        Lines(Block("```text")).ShouldBe(Lines(File.ReadAllText(Path.Combine(s_root, "samples/Quickstart/expected-output.txt"))));

    private static string Block(string fence)
    {
        string readme = File.ReadAllText(Path.Combine(s_root, "README.md"));
        int start = readme.IndexOf(fence, StringComparison.Ordinal) + fence.Length;
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "RQ.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"The repository's root is not above {AppContext.BaseDirectory}.");
    }
}
