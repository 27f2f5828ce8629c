using RQ.Diagnostics;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Keeps an execution alive that its caller runs, from its first half minute on until it is disposed of, when the outcome is stored:
/// nobody knows how long a function that blocks takes, or its callbacks. What is found dead is a caller, not a slow job.
/// </summary>
internal sealed class CallerHeartbeat : IDisposable
{
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly WorkerSetup _setup;
    private readonly RunningExecution _running;

    public CallerHeartbeat(WorkerSetup setup, RunningExecution running)
    {
        _setup = setup;
        _running = running;
        TimeSpan interval = setup.Options.MonitoringInterval;
        TimeSpan first = interval < Enqueue.FirstBeat ? interval : Enqueue.FirstBeat;
        CancellationToken stop = _stop.Token;
        // Not on the caller's thread, which the job may block, nor in its synchronization context.
        _ = Task.Run(() => RunAsync(first, stop), CancellationToken.None);
    }

    /// <summary>A beat that is on its way finds that the execution has ended, and writes nothing.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(TimeSpan wait, CancellationToken stop)
    {
        bool isAway = false;
        try
        {
            while (true)
            {
                await Task.Delay(wait, _setup.Time, stop).ConfigureAwait(false);
                try
                {
                    if (!await BeatAsync().ConfigureAwait(false))
                        return;
                    wait = Extend.NextAfter(_running.Execution, _setup.Time.GetUtcNow(), _setup.Options.MonitoringInterval);
                    isAway = false;
                }
                catch (Exception exception) when (!stop.IsCancellationRequested)
                {
                    if (!isAway)
                        Log.CallerHeartbeatFailed(_setup.Log, exception, _running.Execution.JobId);
                    isAway = true;
                    wait = s_again < wait ? s_again : wait;
                }
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // It has ended.
        }
    }

    /// <summary>Whether the execution still counts.</summary>
    private async Task<bool> BeatAsync()
    {
        Execution execution = _running.Execution;
        execution.MarkHeartbeat();
        Extend.Answer answer = Extend.Read(await _setup.Connection.ExecuteAsync(
            Extend.Call(_setup.Connection, _setup.Name, [execution], _setup.Options.MonitoringInterval)).ConfigureAwait(false));
        if (answer.Verdicts[0] is not (Verdict.Lost or Verdict.Gone))
            return true;
        if (!_stop.IsCancellationRequested)
        {
            Log.ExecutionLost(_setup.Log, _setup.Name, execution.JobId, execution.Id);
            _running.Lose();
        }

        return false;
    }
}
