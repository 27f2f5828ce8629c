namespace RQ;

/// <summary>A process that runs cron schedules, ours or Python's <c>rq cron</c>, as it registered itself.</summary>
/// <param name="Name">Its name: host, process id and six hex digits.</param>
/// <param name="HostName">The machine that it runs on.</param>
/// <param name="ProcessId">Its process id.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="LastHeartbeat">When it last showed that it lives.</param>
/// <param name="ConfigFile">The file that its schedules come from; empty for none.</param>
/// <param name="Jobs">Its schedules.</param>
public sealed record CronSchedulerInfo(
    string Name, string? HostName, int? ProcessId, DateTimeOffset? CreatedAt, DateTimeOffset? LastHeartbeat, string ConfigFile, IReadOnlyList<CronJobInfo> Jobs);

/// <summary>A schedule as a cron scheduler lists it.</summary>
/// <param name="Name">Its name; Python RQ up to 2.10 has none, then the function's.</param>
/// <param name="Function">The name of the function.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Cron">The cron expression, or <c>null</c>.</param>
/// <param name="Interval">The interval, or <c>null</c>.</param>
/// <param name="LastTime">When it was last enqueued.</param>
/// <param name="NextTime">When it is due next.</param>
public sealed record CronJobInfo(
    string Name, string Function, string Queue, string? Cron, TimeSpan? Interval, DateTimeOffset? LastTime, DateTimeOffset? NextTime);
