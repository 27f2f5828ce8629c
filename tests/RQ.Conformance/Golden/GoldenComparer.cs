using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RQ.Serialization;
using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>
/// Compares what we left in Redis with what RQ left. What varies from run to run is compared by its shape, its meaning
/// and its distance to the time of the run; all else literally.
/// </summary>
internal sealed partial class GoldenComparer
{
    private readonly RandomIds _ids = new();
    private readonly List<Difference> _differences = [];
    private readonly TimeSpanOfRun _goldenRun;
    private readonly TimeSpanOfRun _run;

    private GoldenComparer(TimeSpanOfRun goldenRun, TimeSpanOfRun run)
    {
        _goldenRun = goldenRun;
        _run = run;
    }

    public static IReadOnlyList<Difference> Compare(RedisDump golden, RedisDump ours, TimeSpanOfRun run)
    {
        var comparer = new GoldenComparer(TimeSpanOfRun.Of(golden), run);
        comparer.Pair("", golden.Keys, ours.Keys, comparer.Key, asKeys: true);
        return comparer._differences;
    }

    private void Key(string key, DumpedKey golden, DumpedKey ours)
    {
        if (!_run.IsSameTtl(golden.Ttl, ours.Ttl))
            Differ(key, "ttl", golden.Ttl, ours.Ttl);
        switch (golden.Value, ours.Value)
        {
            case (DumpedHash expected, DumpedHash actual):
                Fields(key, CronJobsField.Expand(expected.Fields), CronJobsField.Expand(actual.Fields));
                break;
            case (DumpedList expected, DumpedList actual):
                if (expected.Items.Count != actual.Items.Count || !expected.Items.Zip(actual.Items).All(pair => _ids.AreSame(pair.First, pair.Second)))
                    Differ(key, "-", string.Join(", ", expected.Items), string.Join(", ", actual.Items));
                break;
            case (DumpedSet expected, DumpedSet actual):
                Pair(key, expected.Members.ToDictionary(member => member), actual.Members.ToDictionary(member => member), (_, _, _) => { });
                break;
            case (DumpedSortedSet expected, DumpedSortedSet actual):
                Pair(key, expected.Scores, actual.Scores, (member, expectedScore, actualScore) =>
                {
                    if (!_run.IsSameScore(_goldenRun, expectedScore, actualScore))
                        Differ(key, member, expectedScore, actualScore);
                    else if (double.IsInteger(expectedScore) && !double.IsInteger(actualScore))
                        _differences.Add(new Difference(key, member, DifferenceKind.Fraction, Show(expectedScore), Show(actualScore)));
                });
                break;
            case (DumpedStream expected, DumpedStream actual):
                Entries(key, expected.Entries, actual.Entries);
                break;
            case (DumpedText expected, DumpedText actual):
                if (!expected.Bytes.AsSpan().SequenceEqual(actual.Bytes) && !_ids.AreSame(Encoding.UTF8.GetString(expected.Bytes), Encoding.UTF8.GetString(actual.Bytes)))
                    Differ(key, "-", Show(expected.Bytes), Show(actual.Bytes));
                break;
            default:
                Differ(key, "type", golden.Value.GetType().Name, ours.Value.GetType().Name);
                break;
        }
    }

    private void Entries(string key, IReadOnlyList<DumpedEntry> golden, IReadOnlyList<DumpedEntry> ours)
    {
        if (golden.Count != ours.Count)
            Differ(key, "entries", golden.Count, ours.Count);
        foreach ((DumpedEntry expected, DumpedEntry actual) in golden.Zip(ours))
        {
            if (!_run.IsStreamId(actual.Id))
                Differ(key, "id", expected.Id, actual.Id);
            Fields(key, Bytes(expected), Bytes(actual));
        }

        static Dictionary<string, byte[]> Bytes(DumpedEntry entry) =>
            entry.Fields.ToDictionary(field => field.Key, field => Encoding.UTF8.GetBytes(field.Value));
    }

    private void Fields(string key, IReadOnlyDictionary<string, byte[]> golden, IReadOnlyDictionary<string, byte[]> ours) =>
        Pair(key, golden, ours, (field, expected, actual) =>
        {
            if (!IsSame(key, field, expected, actual))
                Differ(key, field, Show(expected), Show(actual));
            else if (IsZlib(expected) != IsZlib(actual))
                _differences.Add(new Difference(key, field, IsZlib(expected) ? DifferenceKind.Plain : DifferenceKind.Value, Show(expected), Show(actual)));
        });

    private bool IsSame(string key, string field, byte[] golden, byte[] ours)
    {
        if (golden.Length == 0 || ours.Length == 0)
            return golden.Length == ours.Length;
        string expected = Encoding.UTF8.GetString(golden), actual = Encoding.UTF8.GetString(ours);
        string kind = key.Split(':')[1];
        return (kind, field) switch
        {
            ("job", "created_at" or "enqueued_at" or "started_at" or "ended_at" or "last_heartbeat") => _run.IsTimestamp(actual),
            ("job", "data") => IsSameData(Compression.Inflate(golden), Compression.Inflate(ours)),
            ("job", "meta") => IsSameData(golden, ours),
            // Every reader takes any JSON; only the spaces differ.
            ("job", "dependency_ids" or "retry_intervals" or "repeat_intervals") => IsSameJson(expected, actual),
            ("job", "webhooks") => IsSameJson(LocalPort.Replace(expected, "port"), LocalPort.Replace(actual, "port")),
            ("worker", "birth" or "last_heartbeat" or "shutdown_requested_date" or "death") => _run.IsTimestamp(actual),
            ("worker", "hostname" or "version" or "python_version") => true,
            // Some plays have the worker in a process of its own.
            ("worker", "pid") => int.TryParse(actual, CultureInfo.InvariantCulture, out int pid) && pid > 0,
            ("worker", "ip_address") => System.Net.IPEndPoint.TryParse(actual, out System.Net.IPEndPoint? address) && address.Port > 0,
            ("worker", "total_working_time" or "current_job_working_time") => IsSeconds(actual),
            ("scheduler", "created_at" or "last_heartbeat") => _run.IsTimestamp(actual),
            ("scheduler", "hostname") => true,
            ("scheduler", "pid") => actual == Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            ("cron_scheduler", "created_at") => _run.IsTimestamp(actual),
            ("cron_scheduler", "hostname") => actual == Environment.MachineName,
            ("cron_scheduler", "pid") => actual == Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            ("cron_scheduler", _) when field.EndsWith("latest_enqueue_time", StringComparison.Ordinal) && expected != "null" => _run.IsTimestamp(actual),
            ("cron_scheduler", _) when field.EndsWith("next_enqueue_time", StringComparison.Ordinal) => _run.IsSoon(actual, TimeSpan.FromMinutes(5)),
            ("execution", "created_at" or "last_heartbeat") => _run.IsUnixTime(actual),
            ("results", "execution_started_at" or "execution_ended_at") => _run.IsUnixTime(actual),
            ("results", "return_value") => IsSameData(Convert.FromBase64String(expected), Convert.FromBase64String(actual)),
            ("results", "exc_string") => HasMessageOf(Text(expected), Text(actual)),
            _ => _ids.AreSame(expected, actual),
        };

        static bool IsSameJson(string golden, string ours) => JsonNode.DeepEquals(JsonNode.Parse(golden), JsonNode.Parse(ours));

        static string Text(string stored) => FailureText.Read(Convert.FromBase64String(stored));
    }

    /// <summary>The same kind of serialization, and the same value in it.</summary>
    private static bool IsSameData(ReadOnlyMemory<byte> golden, ReadOnlyMemory<byte> ours)
    {
        string? value = Value(golden);
        return value is null
            ? golden.Span.SequenceEqual(ours.Span)
            : value == Value(ours) && JobSerializer.Of(golden.Span) == JobSerializer.Of(ours.Span);
    }

    private static string? Value(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return ShownValue.Of(JobSerializer.Of(bytes.Span).Deserialize(bytes));
        }
        catch (Exception exception) when (exception is UnreadableDataException or PickleException)
        {
            return null;
        }
    }

    private static bool IsZlib(byte[] bytes) => bytes is [0x78, 0x9c, ..];

    private bool IsSeconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= _run.Length + 1;

    // A traceback of Python ends with "ValueError: message"; ours begins with the exception and its message.
    private static bool HasMessageOf(string golden, string ours)
    {
        string last = golden.TrimEnd().Split('\n')[^1];
        return ours.Contains(last[(last.IndexOf(": ", StringComparison.Ordinal) + 2)..], StringComparison.Ordinal);
    }

    /// <summary>Brings together what has the same name but for random ids; reports what has no partner.</summary>
    private void Pair<T>(
        string key, IReadOnlyDictionary<string, T> golden, IReadOnlyDictionary<string, T> ours, Action<string, T, T> compare, bool asKeys = false)
    {
        var left = ours.ToDictionary(entry => RandomIds.Hide(entry.Key));
        foreach ((string name, T expected) in golden.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            string hidden = RandomIds.Hide(name);
            if (!left.Remove(hidden, out KeyValuePair<string, T> actual))
                Report(hidden, expected is byte[] { Length: 0 } ? DifferenceKind.Empty : DifferenceKind.Missing, Show(expected), null);
            else if (_ids.AreSame(name, actual.Key))
                compare(hidden, expected, actual.Value);
            else
                Report(hidden, DifferenceKind.Value, name, actual.Key);
        }

        foreach ((string hidden, KeyValuePair<string, T> actual) in left)
            Report(hidden, DifferenceKind.Extra, null, Show(actual.Value));

        void Report(string name, DifferenceKind kind, string? expected, string? actual) =>
            _differences.Add(asKeys ? new Difference(name, "-", kind, expected, actual) : new Difference(key, name, kind, expected, actual));
    }

    private void Differ(string key, string field, object golden, object ours) =>
        _differences.Add(new Difference(key, field, DifferenceKind.Value, Show(golden), Show(ours)));

    private static string Show(object? value) => value switch
    {
        byte[] bytes when bytes.Any(b => b < 32 || b > 126) => Value(Compression.Inflate(bytes)) ?? Convert.ToHexStringLower(bytes),
        byte[] bytes => $"'{Encoding.ASCII.GetString(bytes)}'",
        DumpedKey key => Show(key.Value),
        DumpedHash hash => string.Join(", ", hash.Fields.Select(field => $"{field.Key}={Show(field.Value)}")),
        DumpedList list => string.Join(", ", list.Items),
        DumpedSet set => string.Join(", ", set.Members),
        DumpedSortedSet sorted => string.Join(", ", sorted.Scores),
        DumpedStream stream => $"{stream.Entries.Count} entries",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "nothing",
    };

    // Receivers of webhooks listen where they find a free port.
    [GeneratedRegex("(?<=//127.0.0.1:)[0-9]{5}")]
    private static partial Regex LocalPort { get; }
}
