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
/// <para>
/// While no call is under way a job goes out at once, by itself: nobody waits for company. Jobs go out in the order in which they came.
/// (Only a server that does not know the script yet, or is no primary any more, may be sent calls again behind later ones.)
/// </para>
/// <para>
/// Each caller has an answer of its own. A job that is refused does not take the others of its call with it: the script says which
/// it left alone, and those are sent again by themselves, so that each gets its own exception. If the server refuses a call as a
/// whole, nothing of it was stored (enqueue_plain.lua looks at what can be wrong before it writes; only of a user who may not write to
/// one of the queues the server says so in the middle), and all are sent by themselves.
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
    /// <param name="cancellationToken">Gives up waiting for the answer. A job that was not sent by then never is; another may be on the queue all the same.</param>
    public Task<Job> EnqueueAsync(NewJob job, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(job, cancellationToken);
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
        return waiting.Task;
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
                    _waiting.Dequeue();
                    if (next.Task.IsCompleted)
                        continue;       // Its caller has given up.
                    bytes += next.Job.Size;
                    bite.Add(next);
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
            ConfiguredTaskAwaitable<EnqueuePlain.Each>.ConfiguredTaskAwaiter answer =
                EnqueuePlain.ExecuteEachAsync(rq, bite.ConvertAll(waiting => waiting.Job.Item)).ConfigureAwait(false).GetAwaiter();
            answer.UnsafeOnCompleted(() => Answer(bite, answer));
        }
        catch (Exception exception)
        {
            // Out of memory, if anything: nobody waits for ever, and the next job goes out again.
            lock (_lock)
                _underWay--;
            Refuse(bite, exception);
        }
        finally
        {
            if (suppresses)
                flow.Undo();
        }
    }

    private void Answer(List<Waiting> bite, ConfiguredTaskAwaitable<EnqueuePlain.Each>.ConfiguredTaskAwaiter answer)
    {
        try
        {
            EnqueuePlain.Each each = answer.GetResult();
            // First those that wait: the server works while these callers go on.
            SendNext();
            for (int i = 0; i < bite.Count; i++)
                Answer(bite[i], each.Statuses is null ? JobStatus.Queued : each.Statuses[i], each.Missing);
        }
        catch (RedisServerException) when (bite.Count > 1)
        {
            SendNext();
            foreach (Waiting waiting in bite)
                Answer(waiting, null, null);
        }
        catch (Exception exception)
        {
            SendNext();
            // While the server is away nobody waits in line for the failures of those before.
            if (exception is RedisConnectionException or RedisTimeoutException)
                Flush();
            Refuse(bite, exception);
        }
    }

    private static void Refuse(List<Waiting> bite, Exception exception)
    {
        foreach (Waiting waiting in bite)
            waiting.Fail(waiting == bite[0] ? exception : Again(exception));
    }

    private void Answer(Waiting waiting, JobStatus? status, string? missing)
    {
        if (status is not null && missing is not null)
            waiting.Fail(rq.NotConfirmed(missing, waiting.Job.Item.Id));
        else if (status is { } known)
            waiting.Succeed(waiting.Job.ToJob(rq, known));
        else
            _ = EnqueueAloneAsync(waiting);
    }

    private async Task EnqueueAloneAsync(Waiting waiting)
    {
        try
        {
            Enqueue.Stored stored = await EnqueuePlain.StoreAsync(rq, [waiting.Job.Item]).ConfigureAwait(false);
            rq.ThrowIfMissing(stored.Missing, [waiting.Job.Item.Id]);
            waiting.Succeed(waiting.Job.ToJob(rq, stored.Statuses[0]));
        }
        catch (Exception exception)
        {
            waiting.Fail(exception);
        }
    }

    // An exception that is thrown in several places at once mixes up their stack traces.
    private static Exception Again(Exception exception) => exception switch
    {
        RedisConnectionException connection => new RedisConnectionException(connection.FailureType, CommandFlags.None, connection.Message, connection.InnerException, connection.CommandStatus),
        RedisTimeoutException timeout => new RedisTimeoutException(CommandFlags.None, timeout.Message, timeout.Commandstatus),
        ObjectDisposedException closed => new ObjectDisposedException(null, closed.Message),
        _ => exception,
    };

    private sealed class Waiting : TaskCompletionSource<Job>
    {
        private readonly CancellationTokenRegistration _givingUp;

        public Waiting(NewJob job, CancellationToken cancellationToken)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            Job = job;
            _givingUp = cancellationToken.UnsafeRegister(static (waiting, token) => ((Waiting)waiting!).TrySetCanceled(token), this);
        }

        public NewJob Job { get; }

        public void Succeed(Job job)
        {
            _givingUp.Unregister();
            TrySetResult(job);
        }

        public void Fail(Exception exception)
        {
            _givingUp.Unregister();
            TrySetException(exception);
        }
    }
}
