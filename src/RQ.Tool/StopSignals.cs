using System.Runtime.InteropServices;

namespace RQ.Tool;

/// <summary>
/// SIGINT and SIGTERM as RQ takes them: the first asks to stop, the second to stop at once. A third ends the process.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Ctrl-C reaches a whole process group, and whoever started us may pass it on: within a second it is the same one. As in rq/worker/base.py.
    private static readonly TimeSpan s_sameSignal = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _last;

    private StopSignals(TimeProvider time, bool listens)
    {
        _time = time;
        _registrations = listens
            ? [PosixSignalRegistration.Create(PosixSignal.SIGINT, On), PosixSignalRegistration.Create(PosixSignal.SIGTERM, On)]
            : [];
    }

    /// <summary>Signalled by the first one.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Signalled by the second one.</summary>
    public CancellationToken Abort => _abort.Token;

    public static StopSignals Listen() => new(TimeProvider.System, listens: true);

    /// <summary>For a work horse, which its worker stops.</summary>
    public static StopSignals None() => new(TimeProvider.System, listens: false);

    /// <summary>Waits for the first one.</summary>
    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = Stopping.Register(stopped.SetResult);
        await stopped.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stopping.Dispose();
        _abort.Dispose();
    }

    private void On(PosixSignalContext signal)
    {
        lock (_lock)
        {
            signal.Cancel = true;
            if (_stopping.IsCancellationRequested && _time.GetElapsedTime(_last) < s_sameSignal)
                return;
            _last = _time.GetTimestamp();
            if (!_stopping.IsCancellationRequested)
                _stopping.Cancel();
            else if (!_abort.IsCancellationRequested)
                _abort.Cancel();
            else
                signal.Cancel = false;
        }
    }
}
