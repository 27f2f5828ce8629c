using System.Globalization;
using RQ.Redis.Transitions;

namespace RQ;

/// <summary>A living worker has the name already.</summary>
public sealed class WorkerNameTakenException : RqException
{
    internal WorkerNameTakenException(string name, WorkerInfo? holder)
        : base($"There exists an active worker named '{name}' already{Describe(holder)}. Choose another name, or stop that one: a worker that was killed frees its name after {(int)WorkerRecord.LeaseTime.TotalSeconds} s, one of Python's when its record expires.")
    {
        Name = name;
        Holder = holder;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Who has it; <c>null</c> when that could not be read.</summary>
    public WorkerInfo? Holder { get; }

    private static string Describe(WorkerInfo? holder) => holder is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture,
            $": PID {holder.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} on host {holder.HostName ?? "unknown"}, last heartbeat {holder.LastHeartbeat?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) ?? "unknown"}");
}
