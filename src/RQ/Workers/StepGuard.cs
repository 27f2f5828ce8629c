using RQ.Diagnostics;
using RQ.Redis;

namespace RQ.Workers;

/// <summary>
/// What goes wrong in a step of the worker's loop must not end the worker while its jobs run: it is told once, and after a pause
/// the step is tried again. A server that is away is waited for without end, with growing pauses that differ from worker to worker, so that they do not all come
/// at once when it is back. So is a key that holds something else than RQ's, since another worker would meet it too. Any other error only for a while, since a
/// worker that lives and does nothing is worth less than none.
/// </summary>
internal sealed class StepGuard(WorkerSetup setup, Random random)
{
    /// <summary>After so many errors in a row, about ten seconds, the worker ends.</summary>
    private const int MostErrors = 20;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_firstBackOff = TimeSpan.FromMilliseconds(100);

    /// <summary>A worker goes on within two seconds of the server's return.</summary>
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromSeconds(1);

    private TimeSpan _backOff = s_firstBackOff;
    private bool _isAway;
    private int _errors;
    private Exception? _error;

    /// <summary>The error that ends the worker; <c>null</c> as long as it goes on.</summary>
    public Exception? FinalError => _errors >= MostErrors ? _error : null;

    /// <returns>What the step returned; <c>null</c> when it failed.</returns>
    /// <exception cref="WorkerNameTakenException">Another worker has the name now: nothing is to be tried again.</exception>
    public async Task<bool?> RunAsync(Func<Task<bool>> step)
    {
        try
        {
            bool answer = await step().ConfigureAwait(false);
            setup.Pulse.Passed();
            if (_isAway)
                Log.ConnectionRestored(setup.Log, setup.Name);
            _isAway = false;
            _backOff = s_firstBackOff;
            _errors = 0;
            return answer;
        }
        catch (Exception exception) when (exception is not WorkerNameTakenException)
        {
            Note(exception);
            await Task.Delay(ConnectionLoss.Is(exception) ? BackOff() : s_pause, setup.Time).ConfigureAwait(false);
            return null;
        }
    }

    private TimeSpan BackOff()
    {
        TimeSpan pause = _backOff * (0.5 + 0.5 * random.NextDouble());
        _backOff = 2 * _backOff < s_longestBackOff ? 2 * _backOff : s_longestBackOff;
        return pause;
    }

    private void Note(Exception exception)
    {
        bool isLoss = ConnectionLoss.Is(exception);
        if (!_isAway && isLoss)
            Log.ConnectionLost(setup.Log, exception, setup.Name);
        else if (!_isAway)
            Log.StepFailed(setup.Log, exception, setup.Name);
        _isAway = true;
        _error = exception;
        _errors = isLoss || KeyKinds.IsWrongKind(exception) ? 0 : _errors + 1;
        if (_errors == MostErrors)
            Log.StepKeepsFailing(setup.Log, exception, setup.Name, _errors);
    }
}
