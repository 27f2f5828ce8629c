using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ;

public partial class Job
{
    /// <summary>
    /// Takes back a job that waits: queued, deferred, scheduled or rate limited. One that runs is canceled too: its outcome will be
    /// dropped, whenever it ends; RQ would let it end as finished.
    /// </summary>
    /// <param name="enqueueDependents">Whether jobs that wait for it are released, as if it had finished. Default: they stay deferred, unless they want something else (<see cref="Dependency.IfUnmet"/>).</param>
    /// <param name="removeFromDependencies">Whether the jobs that it waits for forget it. Default <c>false</c>, as in RQ.</param>
    /// <param name="stop">Whether a worker that runs it is told to signal its token. Default <c>false</c>.</param>
    /// <param name="ttl">How long it is kept as canceled; zero deletes it at once, infinite keeps it for ever. Default: its failure TTL, one year.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">It has ended, or is canceled already.</exception>
    public async Task CancelAsync(
        bool enqueueDependents = false, bool removeFromDependencies = false, bool stop = false, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        if (ttl < TimeSpan.Zero && ttl != System.Threading.Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(ttl), ttl, "How long a canceled job is kept must not be negative; zero deletes it at once, Timeout.InfiniteTimeSpan keeps it for ever.");
        Cancel.Answer answer = await Cancel.ExecuteAsync(Connection, Id, Origin, enqueueDependents, removeFromDependencies, ttl)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Status is { } status)
        {
            throw new InvalidJobOperationException(Id, status, status == JobStatus.Canceled
                ? $"Job '{Id}' is canceled already."
                : $"Job '{Id}' cannot be canceled: it is {status.ToText()}. Delete it if it is no longer wanted.");
        }

        if (!answer.IsDone)
            throw new JobNotFoundException(Id);
        Status = JobStatus.Canceled;
        if (stop && answer.Worker is { Length: > 0 } worker)
            await WorkerCommands.SendAsync(Connection, worker, WorkerCommands.StopJob(Id)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes the job and every trace of it: results, places in queues and registries, references of other jobs. One that runs
    /// goes on, and its outcome is dropped. Jobs that wait for it stay deferred, unless they want something else (<see cref="Dependency.IfUnmet"/>).
    /// </summary>
    /// <param name="deleteDependents">Whether the jobs that wait for it are deleted too; not those that wait for them.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there was a job.</returns>
    public async Task<bool> DeleteAsync(bool deleteDependents = false, CancellationToken cancellationToken = default)
    {
        if (deleteDependents)
            await DeleteDependentsAsync(cancellationToken).ConfigureAwait(false);
        return await Delete.ExecuteAsync(Connection, [Id], Origin, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false) == 1;
    }

    /// <summary>Deletes the jobs that wait for this one; not those that wait for them.</summary>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>How many.</returns>
    public async Task<int> DeleteDependentsAsync(CancellationToken cancellationToken = default) => await Delete
        .ExecuteAsync(Connection, await GetDependentIdsAsync(cancellationToken).ConfigureAwait(false), Origin, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Puts a failed or stopped job back on its queue. Its old results stay; its retries are not counted anew. A time to live
    /// that it got by failing is taken off.
    /// </summary>
    /// <param name="atFront">Whether it goes to the head.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">It is not in the failed registry.</exception>
    public async Task RequeueAsync(bool atFront = false, CancellationToken cancellationToken = default)
    {
        Requeue.Answer answer = (await Requeue.ExecuteAsync(Connection, [Id], Origin, null, atFront, Requeue.From.Failed, cancellationToken)
            .WaitAsync(cancellationToken).ConfigureAwait(false))[0];
        if (answer.Status is { } status)
        {
            throw new InvalidJobOperationException(
                Id, status, $"Job '{Id}' is {status.ToText()}, and only jobs in the failed registry can be requeued. Queue.EnqueueAsync(job) queues a job from wherever it is.");
        }

        if (!answer.IsDone)
            throw new JobNotFoundException(Id);
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Moves a scheduled job to another time; one that is past is at once, as soon as a scheduler looks. A deferred job gets a time, or another one,
    /// that it waits for beside the jobs that it depends on.
    /// </summary>
    /// <param name="due">When it is due.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">It is neither scheduled nor deferred.</exception>
    public Task RescheduleAsync(DateTimeOffset due, CancellationToken cancellationToken = default) =>
        Reschedule.ExecuteAsync(Connection, Id, due, null).WaitAsync(cancellationToken);

    /// <summary>
    /// Tells the worker that runs the job to stop it: it ends as <see cref="JobStatus.Stopped"/> and is not retried. The message is
    /// sent once, as in RQ; whether the job has stopped is told by its status.
    /// </summary>
    /// <param name="executionId">Only this execution; <c>null</c> for whichever runs. Needs workers of this library, or Python RQ after 2.10.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">It does not run; the message says what it does.</exception>
    public async Task StopAsync(string? executionId = null, CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (Status != JobStatus.Started || WorkerName is not { } worker)
        {
            string wayOut = Status is JobStatus.Queued or JobStatus.Deferred or JobStatus.Scheduled or JobStatus.RateLimited ? " Cancel it instead." : "";
            throw new InvalidJobOperationException(Id, Status, $"Job '{Id}' is not currently executing: it is {Status.ToText()}.{wayOut}");
        }

        if (executionId is not null && _hash.Text(JobFields.LastExecution) is { } running && running != executionId)
            throw new InvalidJobOperationException(Id, Status, $"Execution '{executionId}' of job '{Id}' has ended; '{running}' runs now.");
        await WorkerCommands.SendAsync(Connection, worker, executionId is null ? WorkerCommands.StopJob(Id) : WorkerCommands.StopExecution(Id, executionId))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
