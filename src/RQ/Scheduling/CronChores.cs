using RQ.Diagnostics;
using RQ.Redis.Transitions;

namespace RQ.Scheduling;

/// <summary>What the scheduler that runs the cron schedules does beside that: no job waits for it, and what goes wrong in it holds up none.</summary>
internal sealed class CronChores(SchedulerIdentity scheduler, string? configFile)
{
    private readonly CronUpkeep _upkeep = new(scheduler);

    public CronListing Listing { get; } = new(scheduler, configFile);

    /// <summary>The names of all schedules a while ago; <c>null</c> when that is not known.</summary>
    public IReadOnlySet<string>? Names => _upkeep.Names;

    /// <summary>Ends when there is nothing under way, and never by an exception.</summary>
    public Task Underway { get; private set; } = Task.CompletedTask;

    /// <summary>Begins what there is to do, unless it is under way.</summary>
    /// <param name="pass">What the pass has seen.</param>
    /// <param name="stopping">Ends it early.</param>
    public void Start(CronPass pass, CancellationToken stopping)
    {
        if (Underway.IsCompleted)
            Underway = RunAsync(pass.Changes, stopping);
    }

    /// <summary>The scheduler does not run the schedules any more.</summary>
    public async Task LeaveAsync()
    {
        await Underway.ConfigureAwait(false);
        await TryAsync(Listing.LeaveAsync, Log.CronNotListed).ConfigureAwait(false);
    }

    private async Task RunAsync(string changes, CancellationToken stopping)
    {
        await TryAsync(() => Listing.RefreshAsync(changes, stopping), Log.CronNotListed).ConfigureAwait(false);
        if (_upkeep.IsDue)
            await TryAsync(() => _upkeep.RunAsync(stopping), Log.CronNotKept).ConfigureAwait(false);
    }

    // Of a server that is away the pass tells; and whoever stops leaves the rest to the next one.
    private async Task TryAsync(Func<Task> work, Action<Microsoft.Extensions.Logging.ILogger, Exception, string> log)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!CronDuty.IsOutage(exception) && exception is not OperationCanceledException)
                log(scheduler.Log, exception, scheduler.Name);
        }
    }
}
