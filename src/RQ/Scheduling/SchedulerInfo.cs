using System.Globalization;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <summary>What is known of a scheduler.</summary>
/// <param name="Name">Its name; <c>null</c> for one of Python RQ before 2.10, of which only the process id is known.</param>
/// <param name="ProcessId">Its process id, or its worker's with Python RQ before 2.10.</param>
/// <param name="HostName">The machine that it runs on.</param>
/// <param name="Queues">The queues that it serves, in no order.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="LastHeartbeat">When it last showed that it lives.</param>
public sealed record SchedulerInfo(
    string? Name, int? ProcessId, string? HostName, IReadOnlyList<string> Queues, DateTimeOffset? CreatedAt, DateTimeOffset? LastHeartbeat)
{
    /// <summary>The owner of a queue's lock: a name, or a process id.</summary>
    internal static SchedulerInfo OfLock(string owner, string queue) =>
        int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            ? new SchedulerInfo(null, pid, null, [queue], null, null)
            : new SchedulerInfo(owner, null, null, [queue], null, null);

    /// <summary>Reads a scheduler's record; <c>null</c> when there is none.</summary>
    internal static SchedulerInfo? Read(string name, HashEntry[] record)
    {
        if (record.Length == 0)
            return null;
        string? Text(string field) => (string?)Array.Find(record, entry => entry.Name == field).Value is { Length: > 0 } text ? text : null;
        return new SchedulerInfo(
            name,
            int.TryParse(Text("pid"), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null,
            Text("hostname"),
            (Text("queues") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries),
            RqTime.ParseTimestamp(Text("created_at")),
            RqTime.ParseTimestamp(Text("last_heartbeat")));
    }
}
