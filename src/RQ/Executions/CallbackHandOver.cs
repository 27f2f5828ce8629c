using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Queues;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Workers;
using StackExchange.Redis;

namespace RQ.Executions;

/// <summary>
/// Hands over callbacks that this worker does not know, usually because they are Python functions: each becomes a job of its own, which a
/// worker that knows it takes. It is called with RQ's arguments in their order, but with data where RQ has objects: the job's id for
/// the job, nothing for the connection, texts for the exception.
/// </summary>
internal sealed class CallbackHandOver(WorkerSetup setup)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Enqueues it. A server that is away, or refuses, is tried again for as long as the callback may take and somebody waits for the run.</summary>
    /// <param name="run">The run that has ended.</param>
    /// <param name="callback">What to call.</param>
    /// <param name="on">The end that it is called for.</param>
    /// <param name="isEnd">
    /// Whether the job is about to end for good: then the callback waits until that is stored. If not, the job is run again, or its
    /// end is stored already: then it goes to its queue at once.
    /// </param>
    /// <param name="data">What follows the job and the connection in its arguments.</param>
    /// <exception cref="ArgumentException">The arguments cannot be stored.</exception>
    public async Task SendAsync(JobContext run, CallbackName callback, CallbackEvent on, bool isEnd, params object?[] data)
    {
        Job job = run.Job;
        string origin = job.Origin.Length > 0 ? job.Origin : Queue.DefaultName;
        var queue = new Queue(setup.Options.CallbackQueue ?? origin, setup.Connection, new QueueOptions { Serializer = job.Serializer });
        var link = new CallbackLink(job.Id, on, isEnd ? CallbackLink.ToExecution(run.ExecutionId) : null);
        var created = NewJob.Create(queue, JobCall.To(callback.Function, [job.Id, null, .. data]), new JobOptions
        {
            // Of one execution there is one, however often it is sent.
            Id = IdOf(run.ExecutionId, on),
            Timeout = callback.Timeout,
            DependsOn = isEnd ? new Dependency(job.Id) { AllowFailure = true, IfUnmet = UnmetDependency.Run } : null,
            Description = link.Describe(callback.Function),
            Callback = link,
        });
        await StoreAsync(created, callback.Timeout, run).ConfigureAwait(false);
        Log.CallbackHandedOver(setup.Log, setup.Name, job.Id, on.ToText(), callback.Function, created.Item.Id, queue.Name);
    }

    /// <summary>Removes what an execution has handed over for the end of its job, when its outcome does not count.</summary>
    public static async Task TakeBackAsync(WorkerSetup setup, Execution execution)
    {
        var ends = new List<CallbackEvent>(3);
        if (execution.Job.SuccessCallback is not null)
            ends.Add(CallbackEvent.Success);
        if (execution.Job.FailureCallback is not null)
            ends.Add(CallbackEvent.Failure);
        if (execution.Job.StoppedCallback is not null)
            ends.Add(CallbackEvent.Stopped);
        // A failed attempt's that is retried is on its queue, and stays.
        await Delete.ExecuteAsync(
            setup.Connection, ends.Select(on => IdOf(execution.Id, on)), setup.Options.CallbackQueue ?? execution.Queue, CancellationToken.None, only: [JobStatus.Deferred]).ConfigureAwait(false);
    }

    // callbacks.lua knows it too.
    private static string IdOf(string executionId, CallbackEvent on) => $"callback-{executionId}-{on.ToText()}";

    private async Task StoreAsync(NewJob job, TimeSpan limit, JobContext run)
    {
        long begin = setup.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await Enqueue.ExecuteAsync(setup.Connection, [job.Item]).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (MayPass(exception) && setup.Time.GetElapsedTime(begin) < limit && !run.IsOver && !run.ShutdownToken.IsCancellationRequested)
            {
                // A worker that is told to stop tries once more.
                await Task.Delay(s_pause, setup.Time, run.ShutdownToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // What the server refuses is no fault of the job's: somebody may free memory, or remove what is under the queue's name.
    private static bool MayPass(Exception exception) => ConnectionLoss.Is(exception) || exception is RedisServerException;
}
