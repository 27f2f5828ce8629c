using System.Text;
using System.Text.Json;

namespace RQ.Conformance.Golden;

/// <summary>
/// What real RQ 2.10.0 left in Redis 7.0.15, at some moments of one scenario: a file of <c>Golden/2.10</c>. It also tells
/// what was done (<c>python_did</c>) and which commands Redis got. Its TTLs may be a second lower than written.
/// </summary>
internal sealed class GoldenScenario
{
    private readonly OrderedDictionary<string, RedisDump> _snapshots = [];

    private GoldenScenario(string name) => Name = name;

    public string Name { get; }

    /// <summary>When the snapshots were taken, in order.</summary>
    public IReadOnlyList<string> Moments => _snapshots.Keys;

    public static GoldenScenario Load(string name, string version = "2.10")
    {
        var scenario = new GoldenScenario(name);
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", version, name + ".json")));
        foreach (JsonElement snapshot in file.RootElement.GetProperty("snapshots").EnumerateArray())
        {
            var keys = snapshot.GetProperty("keys").EnumerateObject().ToDictionary(
                key => key.Name,
                key => new DumpedKey(key.Value.GetProperty("ttl").GetInt64(), Value(key.Value)));
            scenario._snapshots.Add(snapshot.GetProperty("when").GetString()!, new RedisDump(keys));
        }

        return scenario;
    }

    public RedisDump Snapshot(string when) => _snapshots.TryGetValue(when, out RedisDump? dump)
        ? dump
        : throw new ArgumentException($"'{Name}' has no snapshot '{when}', only {string.Join(" | ", Moments)}.");

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
