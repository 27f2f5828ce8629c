using System.Runtime.CompilerServices;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Queues;

/// <summary>
/// Gathers the plain jobs that many callers enqueue one by one over the same connection: what comes while a call is under way goes
/// with the next one. A call costs the server and this process more than a job does, so a busy program enqueues several times as many.
/// </summary>
/// <remarks>
/// <para>While no call is under way a job goes out at once, by itself: nobody waits for company. Jobs go out in the order in which they came.</para>
/// <para>
/// Each caller has an answer of its own. A job that is refused does not take the others of its call with it: the script says which
/// it left alone, and those are sent again by themselves, so that each gets its own exception. If the server refuses a call as a
/// whole, nothing of it was stored (enqueue_plain.lua looks at what can be wrong before it writes), and all are sent by themselves.
/// That is safe in any case, because the ids are fresh: what is stored under one can only be from the same job, and is left as it is.
/// </para>
/// </remarks>
internal sealed class EnqueueGatherer(RqConnection rq)
{
    /// <summary>How many calls wait for their answers at most before jobs are gathered.</summary>
    private const int MostUnderWay = 1;

    // Held from taking jobs until their call is sent, so that calls are sent in the order in which jobs were taken.
    private readonly Lock _sending = new();
    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _underWay;

    /// <summary>Enqueues a job that <see cref="EnqueuePlain.Fits"/>.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    public Task<Job> EnqueueAsync(NewJob job, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(job);
        bool goesAtOnce;
        lock (_lock)
        {
            _waiting.Enqueue(waiting);
            goesAtOnce = _underWay < MostUnderWay;
            if (goesAtOnce)
                _underWay++;
        }

        if (goesAtOnce)
            SendNext();
        return cancellationToken.CanBeCanceled ? waiting.Task.WaitAsync(cancellationToken) : waiting.Task;
    }

    /// <summary>Sends what waits now, so that what the caller sends next over the connection comes behind it.</summary>
    public void Flush()
    {
        lock (_sending)
        {
            while (true)
            {
                lock (_lock)
                {
                    if (_waiting.Count == 0)
                        return;
                    _underWay++;
                }

                SendNext();
            }
        }
    }

    /// <summary>Sends one call with what waits. It was counted as under way before.</summary>
    private void SendNext()
    {
        lock (_sending)
        {
            List<Waiting> bite = [];
            lock (_lock)
            {
                long bytes = 0;
                while (bite.Count < Bites.MostJobs && _waiting.TryPeek(out Waiting? next) && (bite.Count == 0 || bytes + next.Job.Size <= Bites.MaxBytes))
                {
                    bytes += next.Job.Size;
                    bite.Add(_waiting.Dequeue());
                }

                if (bite.Count == 0)
                {
                    _underWay--;
                    return;
                }
            }

            Send(bite);
        }
    }

    private void Send(List<Waiting> bite)
    {
        // What follows the answer is for all callers, and not in the context of the one who happened to come first.
        bool suppresses = !ExecutionContext.IsFlowSuppressed();
        AsyncFlowControl flow = suppresses ? ExecutionContext.SuppressFlow() : default;
        try
        {
            ConfiguredTaskAwaitable<JobStatus?[]?>.ConfiguredTaskAwaiter answer =
                EnqueuePlain.ExecuteEachAsync(rq, bite.ConvertAll(waiting => waiting.Job.Item)).ConfigureAwait(false).GetAwaiter();
            answer.UnsafeOnCompleted(() => Answer(bite, answer));
        }
        finally
        {
            if (suppresses)
                flow.Undo();
        }
    }

    private void Answer(List<Waiting> bite, ConfiguredTaskAwaitable<JobStatus?[]?>.ConfiguredTaskAwaiter answer)
    {
        // First those that wait: the server works while these callers go on.
        SendNext();
        try
        {
            JobStatus?[]? statuses = answer.GetResult();
            for (int i = 0; i < bite.Count; i++)
                Answer(bite[i], statuses is null ? JobStatus.Queued : statuses[i]);
        }
        catch (RedisServerException) when (bite.Count > 1)
        {
            foreach (Waiting waiting in bite)
                Answer(waiting, null);
        }
        catch (Exception exception)
        {
            foreach (Waiting waiting in bite)
                waiting.SetException(waiting == bite[0] ? exception : Again(exception));
        }
    }

    private void Answer(Waiting waiting, JobStatus? status)
    {
        if (status is { } known)
            waiting.SetResult(waiting.Job.ToJob(rq, known));
        else
            _ = EnqueueAloneAsync(waiting);
    }

    private async Task EnqueueAloneAsync(Waiting waiting)
    {
        try
        {
            JobStatus[] statuses = await EnqueuePlain.ExecuteAsync(rq, [waiting.Job.Item]).ConfigureAwait(false);
            waiting.SetResult(waiting.Job.ToJob(rq, statuses[0]));
        }
        catch (Exception exception)
        {
            waiting.SetException(exception);
        }
    }

    // An exception that is thrown in several places at once mixes up their stack traces.
    private static Exception Again(Exception exception) => exception switch
    {
        RedisConnectionException connection => new RedisConnectionException(connection.FailureType, CommandFlags.None, connection.Message, connection.InnerException, connection.CommandStatus),
        RedisTimeoutException timeout => new RedisTimeoutException(CommandFlags.None, timeout.Message, timeout.Commandstatus),
        _ => exception,
    };

    private sealed class Waiting(NewJob job) : TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public NewJob Job { get; } = job;
    }
}
