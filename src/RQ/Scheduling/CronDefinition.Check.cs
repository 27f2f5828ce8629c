using RQ.Functions;
using RQ.Queues;
using RQ.Serialization;

namespace RQ.Scheduling;

internal sealed partial class CronDefinition
{
    /// <summary>The same checks without a server, for those who want to know before there is one.</summary>
    /// <param name="schedule">What will be stored.</param>
    /// <param name="serializer">What its arguments will be written with; <c>null</c> when that is not known: then they are not looked at.</param>
    /// <param name="maxJobSize">How many bytes a job may have.</param>
    /// <exception cref="ArgumentException">Something in it cannot be; the message begins as all of these do, see <see cref="Introduction"/>.</exception>
    public static void Check(CronSchedule schedule, JobSerializer? serializer, long maxJobSize)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        Check(schedule);
        _ = new Occurrences(schedule, DateTimeOffset.UnixEpoch);
        try
        {
            if (serializer is null)
                JobOptionsCheck.All(schedule.Call.Method is { } method ? JobDefaults.Merge(method, schedule.Options) : schedule.Options ?? new JobOptions());
            else
                NewJob.Create(JobHome.Unattached(schedule.Queue ?? Queue.DefaultName) with { Serializer = serializer, MaxJobSize = maxJobSize }, schedule.Call, schedule.Options);
        }
        catch (ArgumentException exception)
        {
            throw Wrong(schedule, exception.Message, exception);
        }
    }

    /// <summary>How messages about a schedule begin.</summary>
    public static string Introduction(string name) => $"Cron schedule '{name}' cannot be: ";
}
