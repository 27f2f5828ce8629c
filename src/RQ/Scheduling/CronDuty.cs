namespace RQ.Scheduling;

/// <summary>The duty to run the cron schedules: one scheduler at a time does it for the whole Redis database.</summary>
internal sealed class CronDuty(SchedulerIdentity scheduler, string? configFile) : ISchedulerDuty
{
    public Task<TimeSpan> PassAsync(CancellationToken stopping) => throw new NotImplementedException($"{scheduler}{configFile}");

    public Task ReleaseAsync() => throw new NotImplementedException();
}
