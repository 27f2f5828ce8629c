using RQ.Jobs;

namespace RQ.Executions;

/// <summary>One attempt at a job by one worker.</summary>
internal sealed class Execution(string id, string queue, string workerName, JobHash job, DateTimeOffset createdAt)
{
    private int _heartbeats;
    private int _webhooks;
    private bool _wasToldWithout;

    /// <summary>32 hex digits. Every write about the execution carries it.</summary>
    public string Id { get; } = id;

    public string JobId => Job.Id;

    /// <summary>The queue in whose registries the job is: its origin.</summary>
    public string Queue { get; } = queue;

    public string WorkerName { get; } = workerName;

    /// <summary>The job as it was when it was taken.</summary>
    public JobHash Job { get; } = job;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    /// <summary>When the function began to run.</summary>
    public DateTimeOffset StartedAt { get; set; } = createdAt;

    /// <summary>Whether the job's code was, or is about to be, called.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether it was given back for others a second time with nothing run from its queue in between: a burst worker leaves that queue out.</summary>
    public bool IsLeft { get; set; }

    public DateTimeOffset EndedAt { get; set; }

    /// <summary>Set when a heartbeat is about to be sent: from then on the execution may have records of its own to clear.</summary>
    public bool HasBeaten => Volatile.Read(ref _heartbeats) > 0;

    public void MarkHeartbeat() => Interlocked.Increment(ref _heartbeats);

    /// <summary>The same as <see cref="HasBeaten"/>, for a call that tells the server how it ended and is to be sent now.</summary>
    public bool TellBeats()
    {
        bool hasBeaten = HasBeaten;
        _wasToldWithout |= !hasBeaten;
        return hasBeaten;
    }

    /// <summary>Whether a heartbeat was sent while a call was on its way that did not know of it, and has not cleared its records.</summary>
    public bool HasLateBeat => _wasToldWithout && HasBeaten;

    /// <summary>Whether this is the first time to ask: an outcome that was sent twice is told of once.</summary>
    public bool TryMarkWebhooks() => Interlocked.Exchange(ref _webhooks, 1) == 0;
}
