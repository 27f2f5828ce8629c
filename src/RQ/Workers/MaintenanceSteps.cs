using RQ.Diagnostics;
using RQ.Redis;

namespace RQ.Workers;

/// <summary>How all parts of maintenance go about their work: step by step, whatever goes wrong in one of them.</summary>
internal sealed class MaintenanceSteps(WorkerSetup setup, CancellationToken stop)
{
    public CancellationToken Stop { get; } = stop;

    /// <summary>One thing that cannot be repaired must not hold up the others. A server that is away holds up all.</summary>
    public async Task AttemptAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !ConnectionLoss.Is(exception))
        {
            Log.MaintenanceFailed(setup.Log, exception, setup.Name);
        }
    }

    /// <summary>Does a pass at once and then in each period, until told to stop. One that fails is told of and tried again in the next.</summary>
    public async Task RepeatAsync(TimeSpan every, Func<Task> pass)
    {
        using var timer = new PeriodicTimer(every, setup.Time);
        try
        {
            do
            {
                try
                {
                    await pass().ConfigureAwait(false);
                }
                catch (Exception exception) when (!Stop.IsCancellationRequested)
                {
                    Log.MaintenanceFailed(setup.Log, exception, setup.Name);
                }
            }
            while (await timer.WaitForNextTickAsync(Stop).ConfigureAwait(false));
        }
        catch (Exception) when (Stop.IsCancellationRequested)
        {
            // The worker leaves; others go on with what is left.
        }
    }
}
