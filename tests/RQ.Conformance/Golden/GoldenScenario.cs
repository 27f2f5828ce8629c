using System.Text;
using System.Text.Json;

namespace RQ.Conformance.Golden;

/// <summary>
/// What one version of real RQ left in Redis 7.0.15, at some moments of one scenario: a file of <c>Golden/{version}</c>. It also
/// tells what was done (<c>python_did</c>) and which commands Redis got. Its TTLs may be a second lower than written.
/// </summary>
internal sealed class GoldenScenario
{
    /// <summary>The oldest version that matters, the newest release, and what comes after it.</summary>
    public static readonly string[] Versions = ["1.13", "2.10", "master"];

    private readonly OrderedDictionary<string, RedisDump> _snapshots = [];
    private readonly Dictionary<string, JsonElement> _keys = [];

    private GoldenScenario(string name, string version) => (Name, Version) = (name, version);

    public string Name { get; }

    public string Version { get; }

    /// <summary>When the snapshots were taken, in order.</summary>
    public IReadOnlyList<string> Moments => _snapshots.Keys;

    /// <summary>The scenarios of a version, by name.</summary>
    public static IEnumerable<string> Names(string version) =>
        Directory.EnumerateFiles(Folder(version), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    /// <summary>The versions that know a scenario.</summary>
    public static IEnumerable<string> VersionsOf(string name) => Versions.Where(version => File.Exists(Path.Combine(Folder(version), name + ".json")));

    public static GoldenScenario Load(string name, string version = "2.10")
    {
        var scenario = new GoldenScenario(name, version);
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(version), name + ".json")));
        foreach (JsonElement snapshot in file.RootElement.GetProperty("snapshots").EnumerateArray())
        {
            var keys = snapshot.GetProperty("keys").EnumerateObject().ToDictionary(
                key => key.Name,
                key => new DumpedKey(key.Value.GetProperty("ttl").GetInt64(), Value(key.Value)));
            string when = snapshot.GetProperty("when").GetString()!;
            scenario._snapshots.Add(when, new RedisDump(keys));
            scenario._keys.Add(when, snapshot.GetProperty("keys").Clone());
        }

        return scenario;
    }

    public RedisDump Snapshot(string when) => _snapshots.TryGetValue(when, out RedisDump? dump)
        ? dump
        : throw new ArgumentException($"'{Name}' has no snapshot '{when}', only {string.Join(" | ", Moments)}.");

    /// <summary>The keys of a snapshot as the file has them: values beside what Python saw in them.</summary>
    public JsonElement Keys(string when) => _keys[when];

    private static string Folder(string version) => Path.Combine(AppContext.BaseDirectory, "Golden", version);

    private static DumpedValue Value(JsonElement key)
    {
        JsonElement value = key.GetProperty("value");
        return key.GetProperty("type").GetString() switch
        {
            "string" => new DumpedText(Bytes(value)),
            "hash" => new DumpedHash(value.EnumerateObject().ToDictionary(field => field.Name, field => Bytes(field.Value))),
            "list" => new DumpedList([.. value.EnumerateArray().Select(item => item.GetString()!)]),
            "set" => new DumpedSet(value.EnumerateArray().Select(item => item.GetString()!).ToHashSet()),
            "zset" => new DumpedSortedSet(value.EnumerateArray().ToDictionary(
                entry => entry.GetProperty("member").GetString()!, entry => Score(entry.GetProperty("score")))),
            "stream" => new DumpedStream([.. value.EnumerateArray().Select(entry => new DumpedEntry(
                entry.GetProperty("id").GetString()!,
                new OrderedDictionary<string, string>(entry.GetProperty("fields").EnumerateObject()
                    .Select(field => KeyValuePair.Create(field.Name, field.Value.GetString()!)))))]),
            var type => throw new NotSupportedException($"A key of type {type}."),
        };
    }

    private static double Score(JsonElement score) => score.ValueKind == JsonValueKind.String ? double.PositiveInfinity : score.GetDouble();

    // Printable text stands as it is; everything else as base64, beside hints for the human reader.
    private static byte[] Bytes(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Encoding.UTF8.GetBytes(value.GetString()!)
        : value.GetProperty("base64").GetBytesFromBase64();
}
