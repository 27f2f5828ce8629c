namespace RQ;

/// <summary>What is known of a scheduler.</summary>
/// <param name="Name">Its name; <c>null</c> for one of Python RQ before 2.10, of which only the process id is known.</param>
/// <param name="ProcessId">Its process id, or its worker's with Python RQ before 2.10.</param>
/// <param name="HostName">The machine that it runs on.</param>
/// <param name="Queues">The queues that it serves, in no order.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="LastHeartbeat">When it last showed that it lives.</param>
public sealed record SchedulerInfo(
    string? Name, int? ProcessId, string? HostName, IReadOnlyList<string> Queues, DateTimeOffset? CreatedAt, DateTimeOffset? LastHeartbeat);
