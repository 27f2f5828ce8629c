namespace RQ.Workers;

/// <summary>
/// Threads that the worker owns, for methods that block: job code never runs on the thread pool unless it is asynchronous,
/// so it cannot starve what the worker and the rest of the process need. A new thread is started when none is free.
/// </summary>
internal sealed class JobThreads(string name) : IDisposable
{
    private readonly Queue<Action> _work = new();
    private readonly object _gate = new();
    private int _free;
    private int _made;
    private bool _isStopped;

    /// <summary>Runs the function on one of the threads. What awaits the task goes on there too.</summary>
    public Task<T> RunAsync<T>(Func<T> function)
    {
        var completion = new TaskCompletionSource<T>();
        Post(() =>
        {
            T value;
            try
            {
                value = function();
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
                return;
            }

            completion.SetResult(value);
        });
        return completion.Task;
    }

    /// <summary>Lets the threads end when they have nothing to do.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Post(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            if (_work.Count <= _free)
            {
                Monitor.Pulse(_gate);
                return;
            }

            _made++;
        }

        new Thread(Run) { IsBackground = true, Name = $"rq job {name} {_made}" }.Start();
    }

    private void Run()
    {
        while (true)
        {
            Action work;
            lock (_gate)
            {
                _free++;
                while (_work.Count == 0)
                {
                    if (_isStopped)
                        return;
                    Monitor.Wait(_gate);
                }

                _free--;
                work = _work.Dequeue();
            }

            work();
        }
    }
}
