using RQ.Diagnostics;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>
/// Hears when something is due earlier than what schedulers wait for, and ends the sleep of the duties that it concerns. Without it they
/// would be late by <see cref="SchedulerIdentity.LongestSleep"/> at most.
/// </summary>
internal sealed class WakeListener(SchedulerIdentity scheduler) : IAsyncDisposable
{
    private static readonly TimeSpan s_tryAgain = TimeSpan.FromSeconds(10);

    private readonly List<(ISchedulerDuty Duty, WakeSignal Signal)> _sleepers = [];

    private RedisChannel Channel => RedisChannel.Literal(scheduler.Connection.Keys.SchedulerWake);

    /// <summary>What ends the sleep of a duty. Asked for before <see cref="ListenAsync"/>.</summary>
    public WakeSignal For(ISchedulerDuty duty)
    {
        var signal = new WakeSignal(scheduler.Connection.TimeProvider);
        _sleepers.Add((duty, signal));
        return signal;
    }

    /// <summary>Begins to listen; tries it until it goes well. Never ends by an exception.</summary>
    public async Task ListenAsync(CancellationToken stopping)
    {
        bool isTold = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await scheduler.Connection.Multiplexer.GetSubscriber().SubscribeAsync(Channel, Hear).ConfigureAwait(false);
                if (stopping.IsCancellationRequested)
                    await DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception exception)
            {
                if (!isTold && !stopping.IsCancellationRequested)
                    Log.SchedulerIsDeaf(scheduler.Log, exception, scheduler.Name);
                isTold = true;
                // It is noted in the connection all the same, each time once more.
                await DisposeAsync().ConfigureAwait(false);
                await Task.Delay(s_tryAgain, scheduler.Connection.TimeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await scheduler.Connection.Multiplexer.GetSubscriber().UnsubscribeAsync(Channel, Hear, CommandFlags.FireAndForget).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // The connection has ended, and the subscription with it.
        }
    }

    private void Hear(RedisChannel channel, RedisValue message) => Wake((string?)message ?? "");

    private void Wake(string queue)
    {
        foreach ((ISchedulerDuty duty, WakeSignal signal) in _sleepers)
        {
            if (duty.IsWokenBy(queue))
                signal.Set();
        }
    }
}
