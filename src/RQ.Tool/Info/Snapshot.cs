namespace RQ.Tool.Info;

/// <summary>The queues and workers at one moment.</summary>
/// <param name="Queues">Those asked for, or all, by name.</param>
/// <param name="Workers">Those of the queues asked for, or all, by name.</param>
/// <param name="Time">When, local time.</param>
internal sealed record Snapshot(IReadOnlyList<QueueInfo> Queues, IReadOnlyList<WorkerLine> Workers, DateTimeOffset Time);

/// <summary>A queue in numbers, and who listens on it.</summary>
internal sealed record QueueInfo(string Name, long Count, long Executing, long Finished, long Failed, IReadOnlyList<string> Workers);

/// <summary>A worker as it registered itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Host name, own end of its connection, process id: <c>vm 127.0.0.1:49946 29604</c>.</param>
/// <param name="State"><c>idle</c>, <c>busy</c>, <c>suspended</c>, …</param>
/// <param name="Queues">Those it listens on.</param>
/// <param name="Finished">How many of its jobs ended well.</param>
/// <param name="Failed">How many failed.</param>
internal sealed record WorkerLine(string Name, string Address, string State, IReadOnlyList<string> Queues, long Finished, long Failed);
