using RQ.Diagnostics;

namespace RQ.Workers;

/// <summary>
/// Watches, from a thread of its own, whether the process's thread pool still serves: job code that blocks pool threads starves
/// the worker's own calls to Redis. While that lasts the pool is given more threads than it would make by itself in time.
/// </summary>
internal sealed class PoolWatch : IDisposable
{
    /// <summary>How many threads the minimum is raised by at each look.</summary>
    private const int Step = 32;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_starved = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private readonly WorkerSetup _setup;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly int _most;
    private volatile bool _isOut;
    private long _warnedAt;

    public PoolWatch(WorkerSetup setup)
    {
        _setup = setup;
        ThreadPool.GetMinThreads(out int workers, out _);
        // What the jobs may block, and some for the rest of the process.
        _most = (int)Math.Min(workers + 2L * setup.Options.Concurrency + 16, short.MaxValue);
        _thread = new Thread(Run) { IsBackground = true, Name = "rq pool watch", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        // Looks are counted, not time: a process that was frozen has not waited for its pool.
        int looks = 0;
        while (!_stop.Wait(s_look))
        {
            if (!_isOut)
            {
                looks = 0;
                _isOut = true;
                ThreadPool.UnsafeQueueUserWorkItem(static watch => watch._isOut = false, this, preferLocal: false);
                continue;
            }

            looks++;
            if (looks * s_look < s_starved)
                continue;
            int threads = Raise();
            if (_warnedAt == 0 || _setup.Time.GetElapsedTime(_warnedAt) > s_quiet)
            {
                _warnedAt = _setup.Time.GetTimestamp();
                Log.PoolStarved(_setup.Log, _setup.Name, (looks * s_look).TotalSeconds, threads);
            }
        }
    }

    /// <summary>Raises the pool's minimum a step, up to a limit. It is not lowered again: whatever blocks so many threads will do so once more.</summary>
    private int Raise()
    {
        ThreadPool.GetMinThreads(out int workers, out int completion);
        int goal = Math.Min(Math.Max(workers, ThreadPool.ThreadCount) + Step, _most);
        if (goal <= workers || !ThreadPool.SetMinThreads(goal, completion))
            return workers;
        return goal;
    }
}
