using RQ.Diagnostics;

namespace RQ.Scheduling;

/// <summary>Does one duty of a scheduler, pass by pass, until told to stop. What goes wrong in a pass is told once and tried again.</summary>
internal sealed class DutyLoop(SchedulerIdentity scheduler, ISchedulerDuty duty, WakeSignal wake, Random random)
{
    /// <summary>
    /// However often it is woken, and if a pass did nothing and yet another is wanted: so much lies between two passes, so that neither a flood of
    /// messages nor what cannot be got out of the way makes a flood of passes.
    /// </summary>
    private static readonly TimeSpan s_shortestRound = TimeSpan.FromMilliseconds(20);

    /// <summary>Timers may go off a little early.</summary>
    private static readonly TimeSpan s_timerError = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_firstBackOff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromSeconds(3);

    private TimeSpan _backOff = TimeSpan.Zero;

    private TimeProvider Time => scheduler.Connection.TimeProvider;

    /// <summary>Ends when it is told to, and never by an exception.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        // The first pass may block its caller, on a connection that waits.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!stopping.IsCancellationRequested)
        {
            long began = Time.GetTimestamp(), done = duty.Done;
            // Before the pass: what is signalled from now on may be about something that the pass does not see any more.
            wake.Reset();
            if (await TryPassAsync(stopping).ConfigureAwait(false) is not { } pause)
                await Task.Delay(_backOff * (0.5 + random.NextDouble()), Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else if (pause > TimeSpan.Zero || duty.Done == done)
                await SleepAsync(pause, began, stopping).ConfigureAwait(false);
        }
    }

    /// <returns>What the pass returned; <c>null</c> when it failed.</returns>
    private async Task<TimeSpan?> TryPassAsync(CancellationToken stopping)
    {
        try
        {
            TimeSpan pause = await duty.PassAsync(stopping).ConfigureAwait(false);
            if (_backOff > TimeSpan.Zero)
                Log.DutyGoesOn(scheduler.Log, scheduler.Name, duty.What);
            _backOff = TimeSpan.Zero;
            return pause;
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // It stops, and the connection may be gone already: nothing is tried again.
            return TimeSpan.Zero;
        }
        catch (Exception exception)
        {
            if (_backOff == TimeSpan.Zero)
                Log.DutyFailed(scheduler.Log, exception, scheduler.Name, duty.What);
            _backOff = _backOff == TimeSpan.Zero ? s_firstBackOff : TimeSpan.FromTicks(Math.Min(2 * _backOff.Ticks, s_longestBackOff.Ticks));
            return null;
        }
    }

    private async Task SleepAsync(TimeSpan pause, long began, CancellationToken stopping)
    {
        bool isWanted = pause <= TimeSpan.Zero;
        if (!isWanted)
        {
            pause += s_timerError;
            await wake.SleepAsync(pause < SchedulerIdentity.LongestSleep ? pause : SchedulerIdentity.LongestSleep, stopping).ConfigureAwait(false);
        }

        TimeSpan early = s_shortestRound - Time.GetElapsedTime(began);
        if ((isWanted || wake.IsSet) && early > TimeSpan.Zero)
            await Task.Delay(early, Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
