using System.Collections.Concurrent;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Knows when Python's workers were last seen on a queue: they may know what this worker does not. It looks at most once per second and
/// queue, and only when it is asked.
/// </summary>
internal sealed class PythonWorkers(WorkerSetup setup)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Seen> _queues = new();
    private readonly DateTimeOffset _start = setup.Time.GetUtcNow();

    /// <summary>When one was last there, and when this began to look; both are the same when none was seen.</summary>
    public async Task<(DateTimeOffset Start, DateTimeOffset Seen)> LastSeenAsync(string queue)
    {
        Seen seen = _queues.GetOrAdd(queue, _ => new Seen(_start));
        DateTimeOffset now = setup.Time.GetUtcNow();
        if (!seen.TryLook(now, s_lookEvery))
            return (_start, seen.At);
        try
        {
            IReadOnlyList<WorkerInfo> workers = await Worker.AllAsync(new Queue(queue, setup.Connection)).ConfigureAwait(false);
            if (workers.Any(worker => worker is { IsOfThisLibrary: false, Death: null }))
                seen.At = now;
        }
        catch (Exception exception) when (Redis.ConnectionLoss.Is(exception))
        {
            // Nobody could see one: that time does not count.
            seen.At = now;
        }

        return (_start, seen.At);
    }

    private sealed class Seen(DateTimeOffset start)
    {
        private readonly Lock _lock = new();
        private DateTimeOffset? _looked;
        private DateTimeOffset _at = start;

        public DateTimeOffset At
        {
            get
            {
                lock (_lock)
                    return _at;
            }
            set
            {
                lock (_lock)
                    _at = value;
            }
        }

        public bool TryLook(DateTimeOffset now, TimeSpan every)
        {
            lock (_lock)
            {
                if (_looked is { } last && now - last < every && now >= last)
                    return false;
                _looked = now;
                return true;
            }
        }
    }
}
