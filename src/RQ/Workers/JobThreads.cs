namespace RQ.Workers;

/// <summary>
/// Threads that the worker owns. Every execution starts on one of them, so that job code that blocks, or that works before
/// its first await, cannot starve what the worker and the rest of the process need of the thread pool. A new thread is made
/// when none is free.
/// </summary>
internal sealed class JobThreads(string name) : IDisposable
{
    private readonly Queue<Action> _work = new();
    private readonly object _gate = new();
    private int _free;
    private int _made;
    private bool _isWaking;
    private bool _isStopped;

    /// <summary>Runs the work, which must not throw, on one of the threads.</summary>
    public void Post(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            if (_work.Count <= _free)
            {
                WakeOne();
                return;
            }

            _made++;
        }

        new Thread(Run) { IsBackground = true, Name = $"rq job {name} {_made}" }.Start();
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

    // One wakes the next while there is work: of many short jobs a few threads then do all, without a switch for each.
    private void WakeOne()
    {
        if (_isWaking || _free == 0)
            return;
        _isWaking = true;
        Monitor.Pulse(_gate);
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
                    _isWaking = false;
                }

                _free--;
                work = _work.Dequeue();
                if (_work.Count > 0)
                    WakeOne();
            }

            work();
        }
    }
}
