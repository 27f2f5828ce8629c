namespace RQ.Workers;

/// <summary>
/// A thread for calls that wait for the server: it is woken by the answer itself, without a detour by the thread pool, and what waits for the
/// call goes on on it. Made when first needed; one call at a time.
/// </summary>
internal sealed class OwnThread(string name) : IDisposable
{
    private readonly object _gate = new();
    private Action? _call;
    private bool _isRunning;
    private bool _isStopped;

    /// <summary>Makes the call on the thread. May be called on the thread itself, by what goes on there.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var answer = new TaskCompletionSource<T>();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            _call = () => Answer(call, answer);
            if (!_isRunning)
                new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
            _isRunning = true;
            Monitor.Pulse(_gate);
        }

        return answer.Task;
    }

    /// <summary>Lets the thread end after its call; does not wait for that.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }
    }

    private static void Answer<T>(Func<T> call, TaskCompletionSource<T> answer)
    {
        T value;
        try
        {
            value = call();
        }
        catch (Exception exception)
        {
            answer.SetException(exception);
            return;
        }

        answer.SetResult(value);
    }

    private void Run()
    {
        while (true)
        {
            Action call;
            lock (_gate)
            {
                while (_call is null)
                {
                    if (_isStopped)
                        return;
                    Monitor.Wait(_gate);
                }

                call = _call;
                _call = null;
            }

            call();
        }
    }
}
