using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ;

public sealed partial class JobRegistry
{
    /// <summary>How many jobs are read at once to be looked at by a filter.</summary>
    private const int FilterBite = 200;

    /// <summary>Puts a failed or stopped job back on its queue; see <see cref="Job.RequeueAsync"/>.</summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="atFront">Whether it goes to the head.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="InvalidJobOperationException">The job is not in this registry, or the registry is another one than the failed.</exception>
    public async Task RequeueAsync(JobReference job, bool atFront = false, CancellationToken cancellationToken = default)
    {
        if (Kind != RegistryKind.Failed)
            throw new InvalidJobOperationException(job.Id, null, $"Only failed jobs are requeued, and this is the {Kind} registry. Queue.EnqueueAsync(job) queues a job from wherever it is.");
        Requeue.Answer answer = (await Requeue.ExecuteAsync(Connection, [job.Id], QueueName, null, atFront, Requeue.From.FailedOfOrigin, cancellationToken).ConfigureAwait(false))[0];
        if (!answer.IsDone)
            throw new InvalidJobOperationException(job.Id, answer.Status, $"Job '{job.Id}' is not in the failed registry of queue '{QueueName}'{(answer.Status is { } status ? $": it is {status.ToText()}" : ": there is no such job")}.");
    }

    /// <summary>
    /// Puts all failed and stopped jobs back on their queue, the oldest first, in bites of 200. Entries whose job is gone leave the registry.
    /// </summary>
    /// <param name="filter">Which ones; default all.</param>
    /// <param name="atFront">Whether they go to the head.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many were queued, and how many entries were passed over because their job was gone or had been taken by somebody else.</returns>
    /// <exception cref="InvalidOperationException">The registry is another one than the failed.</exception>
    public async Task<RequeuedJobs> RequeueAllAsync(Func<Job, bool>? filter = null, bool atFront = false, CancellationToken cancellationToken = default)
    {
        if (Kind != RegistryKind.Failed)
            throw new InvalidOperationException($"Only failed jobs are requeued, and this is the {Kind} registry.");
        int requeued = 0, skipped = 0;
        foreach (string[] bite in (await GetJobIdsAsync(newestFirst: false, cancellationToken: cancellationToken).ConfigureAwait(false)).Chunk(FilterBite))
        {
            IReadOnlyList<string> ids = filter is null ? bite : await ChosenAsync(bite, filter, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<Requeue.Answer> answers = await Requeue
                .ExecuteAsync(Connection, ids, QueueName, null, atFront, Requeue.From.FailedOfOrigin, cancellationToken).ConfigureAwait(false);
            requeued += answers.Count(answer => answer.IsDone);
            skipped += answers.Count(answer => !answer.IsDone);
        }

        return new RequeuedJobs(requeued, skipped);
    }

    /// <summary>Moves a scheduled job to another time; see <see cref="Job.RescheduleAsync"/>. RQ's <c>schedule</c>.</summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="due">Its new time.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">The job is of another queue or neither scheduled nor deferred, or the registry is another one than the scheduled.</exception>
    public async Task ScheduleAsync(JobReference job, DateTimeOffset due, CancellationToken cancellationToken = default)
    {
        if (Kind != RegistryKind.Scheduled)
            throw new InvalidJobOperationException(job.Id, null, $"Only scheduled jobs have a time that can be moved, and this is the {Kind} registry.");
        await Reschedule.ExecuteAsync(Connection, job.Id, due, QueueName).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes a job out of the registry. Of jobs that have ended the hash stays until its TTL is over. Jobs that wait or run would be in no place
    /// then, so of those it is refused: cancel or delete them.
    /// </summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="deleteJob">Whether the job is deleted too, wherever it is.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there was an entry.</returns>
    /// <exception cref="InvalidJobOperationException">Its jobs have not ended, and the job is not to be deleted.</exception>
    public async Task<bool> RemoveAsync(JobReference job, bool deleteJob = false, CancellationToken cancellationToken = default)
    {
        bool isListed = await ContainsAsync(job.Id, cancellationToken).ConfigureAwait(false);
        if (deleteJob)
        {
            await Delete.ExecuteAsync(Connection, [job.Id], QueueName, cancellationToken).ConfigureAwait(false);
            return isListed;
        }

        if (Kind is not (RegistryKind.Finished or RegistryKind.Failed or RegistryKind.Canceled))
            throw new InvalidJobOperationException(job.Id, null, $"A job cannot be taken out of the {Kind} registry and nothing else: it would be in no place. Cancel or delete it.");
        return await Database.SortedSetRemoveAsync(Key, job.Id).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes all jobs of the registry, with their results, in bites of 200. One that has left it meanwhile stays.</summary>
    /// <param name="filter">Which ones; default all.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many jobs were deleted. Entries whose job is gone are removed and not counted.</returns>
    public async Task<int> DeleteAllAsync(Func<Job, bool>? filter = null, CancellationToken cancellationToken = default)
    {
        int deleted = 0;
        foreach (string[] bite in (await GetJobIdsAsync(newestFirst: false, cancellationToken: cancellationToken).ConfigureAwait(false)).Chunk(FilterBite))
        {
            IReadOnlyList<string> ids = filter is null ? bite : await ChosenAsync(bite, filter, cancellationToken).ConfigureAwait(false);
            deleted += await Delete.ExecuteAsync(Connection, ids, QueueName, cancellationToken, Statuses).ConfigureAwait(false);
        }

        return deleted;
    }

    /// <summary>
    /// Removes entries that have expired, and those whose job is gone or elsewhere; in the deferred registry also ends jobs that have waited
    /// longer than their TTL. Workers do it in their maintenance, all but the search for jobs that are gone.
    /// </summary>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many entries were removed.</returns>
    public async Task<int> CleanUpAsync(CancellationToken cancellationToken = default)
    {
        long before = await CountAsync(cancellationToken).ConfigureAwait(false);
        if (Kind is RegistryKind.Finished or RegistryKind.Failed)
            await Prune.ExecuteAsync(Connection, QueueName, cancellationToken).ConfigureAwait(false);
        int removed = (int)Math.Max(before - await CountAsync(cancellationToken).ConfigureAwait(false), 0);
        if (Kind == RegistryKind.Deferred)
            removed += await Sweep.ExpireDeferredAsync(Connection, QueueName, cancellationToken).ConfigureAwait(false);
        return removed + await Sweep.RegistryAsync(Connection, Key, Statuses, cancellationToken).ConfigureAwait(false);
    }

    private JobStatus[] Statuses => Kind switch
    {
        RegistryKind.Started => [JobStatus.Started],
        RegistryKind.Finished => [JobStatus.Finished],
        RegistryKind.Failed => [JobStatus.Failed, JobStatus.Stopped],
        RegistryKind.Deferred => [JobStatus.Deferred],
        RegistryKind.Scheduled => [JobStatus.Scheduled],
        RegistryKind.Canceled => [JobStatus.Canceled],
        _ => [JobStatus.ReadyToEnqueue],
    };

    private async Task<IReadOnlyList<string>> ChosenAsync(string[] ids, Func<Job, bool> filter, CancellationToken cancellationToken) =>
        [.. (await Job.FetchManyAsync(ids, Connection, cancellationToken).ConfigureAwait(false)).OfType<Job>().Where(filter).Select(job => job.Id)];
}

/// <summary>What became of the entries of a failed registry.</summary>
/// <param name="Requeued">How many jobs were queued.</param>
/// <param name="Skipped">How many entries were not, because their job was gone or had been taken by somebody else.</param>
public readonly record struct RequeuedJobs(int Requeued, int Skipped);
