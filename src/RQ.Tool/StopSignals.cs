using System.Runtime.InteropServices;

namespace RQ.Tool;

/// <summary>
/// SIGINT and SIGTERM as RQ takes them: the first asks to stop, the second to stop at once. A third ends the process. A
/// supervisor may ask the same without signals.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Ctrl-C reaches a whole process group, and whoever started us may pass it on: within a second it is the same one. As in rq/worker/base.py.
    private static readonly TimeSpan s_sameSignal = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeProvider _time;
    private readonly bool _isSupervised;
    private readonly Lock _lock = new();
    private long _last;
    private bool _isDisposed;

    private StopSignals(TimeProvider time, bool listens, bool isSupervised)
    {
        _time = time;
        _isSupervised = isSupervised;
        _registrations = listens
            ? [PosixSignalRegistration.Create(PosixSignal.SIGINT, On), PosixSignalRegistration.Create(PosixSignal.SIGTERM, On)]
            : [];
    }

    /// <summary>Signalled by the first one.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Signalled by the second one.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <param name="isSupervised">
    /// Whether a supervisor in the same process group gets Ctrl-C too and tells what it means: then SIGINT by itself means nothing.
    /// </param>
    public static StopSignals Listen(bool isSupervised = false) => new(TimeProvider.System, listens: true, isSupervised);

    /// <summary>For a work horse, which its worker stops.</summary>
    public static StopSignals None() => new(TimeProvider.System, listens: false, isSupervised: false);

    /// <summary>Waits for the first one.</summary>
    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = Stopping.Register(stopped.SetResult);
        await stopped.Task.ConfigureAwait(false);
    }

    /// <summary>As the first signal; again it changes nothing.</summary>
    public void RequestStop()
    {
        lock (_lock)
        {
            if (_isDisposed || _stopping.IsCancellationRequested)
                return;
            _last = _time.GetTimestamp();
            _stopping.Cancel();
        }
    }

    /// <summary>As the first and the second signal.</summary>
    public void RequestAbort()
    {
        RequestStop();
        lock (_lock)
        {
            if (!_isDisposed && !_abort.IsCancellationRequested)
                _abort.Cancel();
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _stopping.Dispose();
            _abort.Dispose();
        }
    }

    private void On(PosixSignalContext signal)
    {
        lock (_lock)
        {
            signal.Cancel = true;
            if (_isDisposed || (_isSupervised && signal.Signal == PosixSignal.SIGINT))
                return;
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
