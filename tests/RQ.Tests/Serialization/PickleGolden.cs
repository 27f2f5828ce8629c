using System.Text.Json;

namespace RQ.Tests.Serialization;

/// <summary>The lines of golden/pickles.txt: pickles of Python's own values and of libraries that its programs use.</summary>
internal sealed record PickleGolden(string Name, byte[] Pickle, string Expected)
{
    public static IReadOnlyList<PickleGolden> All { get; } =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Serialization", "golden", "pickles.txt")).Select(Parse)];

    private static PickleGolden Parse(string line)
    {
        string[] parts = line.Split('\t');
        return new(parts[0], Convert.FromHexString(parts[1]), PickleData.OfDescription(JsonDocument.Parse(parts[2]).RootElement));
    }
}
