namespace RQ.Conformance.Samples;

/// <summary>The documents of the repository.</summary>
internal static class Pages
{
    private static readonly string s_root = Root();

    public static string Read(string file) => File.ReadAllText(Path.Combine(s_root, file));

    /// <summary>What stands in a page behind a fence such as <c>```csharp</c>, up to the next one.</summary>
    public static IEnumerable<string> Blocks(string fence, string page = "README.md")
    {
        string text = Read(page);
        for (int at = text.IndexOf(fence, StringComparison.Ordinal); at >= 0; at = text.IndexOf(fence, at, StringComparison.Ordinal))
        {
            int start = at + fence.Length;
            at = text.IndexOf("```", start, StringComparison.Ordinal);
            yield return text[start..at];
        }
    }

    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "RQ.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"The repository's root is not above {AppContext.BaseDirectory}.");
    }
}
