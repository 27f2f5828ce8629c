namespace RQ.Workers;

/// <summary>
/// Threads that the worker owns. Every execution starts on one of them, so that job code that blocks, or that works before
/// its first await, cannot starve what the worker and the rest of the process need of the thread pool. A new thread is made
/// when none is free.
/// </summary>
internal sealed class JobThreads(string name) : IDisposable
{
    private readonly Queue<(Action<object> Work, object State)> _work = new();
    private readonly object _gate = new();
    private int _free;
    private int _starting;
    private int _made;
    private bool _isWaking;
    private bool _isStopped;

    /// <summary>Runs the work, which must not throw, on one of the threads.</summary>
    public void Post(Action work) => Post(static work => ((Action)work)(), work);

    /// <inheritdoc cref="Post(Action)"/>
    public void Post(Action<object> work, object state) => Post(work, [state]);

    /// <summary>Runs the work for each of the states. No state waits for another's work.</summary>
    public void Post(Action<object> work, IReadOnlyList<object> states)
    {
        int missing;
        lock (_gate)
        {
            foreach (object state in states)
                _work.Enqueue((work, state));
            missing = Math.Max(_work.Count - _free - _starting, 0);
            _starting += missing;
            if (_free > 0)
                WakeOne();
        }

        try
        {
            for (; missing > 0; missing--)
                new Thread(Run) { IsBackground = true, Name = $"rq job {name} {Interlocked.Increment(ref _made)}" }.Start();
        }
        finally
        {
            // The system may have no more threads for us. Those who post next try again.
            if (missing > 0)
            {
                lock (_gate)
                    _starting -= missing;
            }
        }
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
        WorkerThread.Mark();
        bool isNew = true;
        while (true)
        {
            Action<object> work;
            object state;
            lock (_gate)
            {
                if (isNew)
                    _starting--;
                isNew = false;
                _free++;
                while (_work.Count == 0)
                {
                    if (_isStopped)
                        return;
                    Monitor.Wait(_gate);
                    _isWaking = false;
                }

                _free--;
                (work, state) = _work.Dequeue();
                if (_work.Count > 0)
                    WakeOne();
            }

            work(state);
        }
    }
}
