using RQ.Diagnostics;
using RQ.Scheduling;

namespace RQ.Workers;

/// <summary>The scheduler beside a worker's loop: for the queues of the worker, from its registration until it is told to stop.</summary>
internal sealed class WorkerScheduler
{
    private static readonly TimeSpan s_firstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromSeconds(30);

    private readonly WorkerSetup _setup;
    private readonly Scheduler _scheduler;

    public WorkerScheduler(WorkerSetup setup)
    {
        _setup = setup;
        _scheduler = new Scheduler(setup.Queues, setup.Connection, new SchedulerOptions { LoggerFactory = setup.Options.LoggerFactory });
    }

    /// <summary>Ends, when it is told to, within seconds; never by an exception.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(
        _scheduler.RunAsync(stopping),
        _setup.Options.RegisterCron ? RegisterCronAsync(stopping) : Task.CompletedTask);

    /// <summary>For a burst worker: what is due is on its queues before it looks at them.</summary>
    public Task RunOnceAsync(CancellationToken stopping) => _scheduler.RunOnceAsync(stopping);

    private async Task RegisterCronAsync(CancellationToken stopping)
    {
        // The first call may block its caller, on a connection that waits.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        TimeSpan backOff = s_firstBackOff;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await CronMethods.RegisterAsync(_setup.Connection, _setup.Options.Functions, _setup.Log).WaitAsync(stopping).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // A server that does not answer must not keep the worker. What is not stored is stored at its next start.
                return;
            }
            catch (ArgumentException exception)
            {
                // It is in the program: trying again would change nothing.
                Log.CronNotRegistered(_setup.Log, exception, _setup.Name, "");
                return;
            }
            catch (Exception exception)
            {
                if (backOff == s_firstBackOff)
                    Log.CronNotRegistered(_setup.Log, exception, _setup.Name, ", trying again");
                await Task.Delay(backOff, _setup.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                backOff = 2 * backOff < s_longestBackOff ? 2 * backOff : s_longestBackOff;
            }
        }
    }
}
