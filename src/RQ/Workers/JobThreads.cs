namespace RQ.Workers;

/// <summary>
/// Threads that the worker owns. Every execution starts on one of them, so that job code that blocks, or that works before
/// its first await, cannot starve what the worker and the rest of the process need of the thread pool. A new thread is made
/// when none is free; when the system has no more, that is tried again until the work has begun. Threads that have nothing to do for
/// a while end, all but one.
/// </summary>
internal sealed class JobThreads : IDisposable
{
    /// <summary>After this time it is tried again to make a thread.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>For so long a thread waits for work: short for the memory of an idle worker, long beside what a thread costs.</summary>
    internal static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly ITimer _again;
    private readonly Queue<(Action<object> Work, object State)> _work = new();
    private readonly object _gate = new();
    private int _free;
    private int _starting;
    private int _made;
    private bool _isWaking;
    private volatile bool _isRefused;
    private bool _isStopped;

    /// <param name="name">Part of the threads' names.</param>
    /// <param name="time">For the pause after which making a thread is tried again; <c>null</c> for the system's.</param>
    public JobThreads(string name, TimeProvider? time = null)
    {
        _name = name;
        // Made here, so that it does not keep the context of who posts first.
        _again = (time ?? TimeProvider.System).CreateTimer(
            static threads => ((JobThreads)threads!).StartMissing(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Is told why the system refused a thread, once until it gives one again. Must not throw.</summary>
    public Action<Exception> OnRefused { get; init; } = static _ => { };

    /// <summary>How long a thread waits for work.</summary>
    internal TimeSpan WaitTime { get; init; } = IdleTime;

    /// <summary>How many threads wait for work.</summary>
    internal int Free
    {
        get
        {
            lock (_gate)
                return _free;
        }
    }

    /// <summary>Starts a thread, or throws.</summary>
    internal Action<Thread> Starter { get; init; } = static thread => thread.Start();

    /// <summary>Runs the work, which must not throw, on one of the threads.</summary>
    public void Post(Action work) => Post(static work => ((Action)work)(), work);

    /// <inheritdoc cref="Post(Action)"/>
    public void Post(Action<object> work, object state) => Post(work, [state]);

    /// <summary>Runs the work for each of the states. No state waits for another's work, unless the system has no thread for it.</summary>
    public void Post(Action<object> work, IReadOnlyList<object> states)
    {
        int missing;
        lock (_gate)
        {
            foreach (object state in states)
                _work.Enqueue((work, state));
            missing = CountMissing();
            if (_free > 0)
                WakeOne();
        }

        Start(missing);
    }

    /// <summary>Lets the threads end when they have nothing to do.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }

        _again.Dispose();
    }

    private void StartMissing()
    {
        int missing;
        lock (_gate)
            missing = CountMissing();
        Start(missing);
    }

    /// <summary>How many threads are to be started. From here on they count as starting.</summary>
    private int CountMissing()
    {
        int missing = Math.Max(_work.Count - _free - _starting, 0);
        _starting += missing;
        return missing;
    }

    private void Start(int missing)
    {
        try
        {
            for (; missing > 0; missing--)
            {
                Starter(new Thread(Run) { IsBackground = true, Name = $"rq job {_name} {Interlocked.Increment(ref _made)}" });
                _isRefused = false;
            }
        }
        catch (Exception exception)
        {
            // The work stays: it is begun by a thread that comes free, or by one that is made later, whether or not anybody posts again.
            bool isFirst;
            lock (_gate)
            {
                _starting -= missing;
                isFirst = !_isRefused;
                _isRefused = true;
            }

            _again.Change(Pause, Timeout.InfiniteTimeSpan);
            if (isFirst)
                OnRefused(exception);
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
                    bool isWoken = Monitor.Wait(_gate, WaitTime);
                    _isWaking = false;
                    if (!isWoken && _work.Count == 0 && _free > 1)
                    {
                        _free--;
                        return;
                    }
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
