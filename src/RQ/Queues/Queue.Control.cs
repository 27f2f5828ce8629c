using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ;

public partial class Queue
{
    /// <summary>The jobs of this queue that run now.</summary>
    public JobRegistry Started => new(RegistryKind.Started, Name, Connection);

    /// <summary>The jobs of this queue that finished and are still kept.</summary>
    public JobRegistry Finished => new(RegistryKind.Finished, Name, Connection);

    /// <summary>The jobs of this queue that failed or were stopped and are still kept.</summary>
    public JobRegistry Failed => new(RegistryKind.Failed, Name, Connection);

    /// <summary>The jobs of this queue that wait for others.</summary>
    public JobRegistry Deferred => new(RegistryKind.Deferred, Name, Connection);

    /// <summary>The jobs of this queue that wait for their time.</summary>
    public JobRegistry Scheduled => new(RegistryKind.Scheduled, Name, Connection);

    /// <summary>The jobs of this queue that were canceled and are still kept.</summary>
    public JobRegistry Canceled => new(RegistryKind.Canceled, Name, Connection);

    /// <summary>The jobs of this queue that newer Python workers are about to queue.</summary>
    public JobRegistry Ready => new(RegistryKind.Ready, Name, Connection);

    /// <summary>
    /// Takes a job off the queue without running it. It stays stored as <see cref="JobStatus.Canceled"/>; put it back with
    /// <see cref="EnqueueAsync(Job, bool, CancellationToken)"/>, or delete it. (RQ leaves such a job in no place at all.)
    /// </summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether it waited here.</returns>
    public async Task<bool> RemoveAsync(JobReference job, CancellationToken cancellationToken = default)
    {
        if (await GetPositionAsync(job, cancellationToken).ConfigureAwait(false) is null)
            return false;
        return (await Cancel.ExecuteAsync(Connection, job.Id, Name, false, false, null, only: JobStatus.Queued).WaitAsync(cancellationToken).ConfigureAwait(false)).IsDone;
    }

    /// <summary>
    /// Deletes all jobs that wait on the queue, with their results, in bites of 200. Jobs that are running, deferred or scheduled stay.
    /// </summary>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many jobs were deleted.</returns>
    public Task<int> EmptyAsync(CancellationToken cancellationToken = default) =>
        Empty.ExecuteAsync(Connection, Name, cancelOnly: false, cancellationToken);

    /// <summary>
    /// Empties the queue and removes it from the list of all queues, where it stays only while jobs are scheduled on it, so that they are queued when they are due. It comes back
    /// with the next job.
    /// </summary>
    /// <param name="deleteJobs">Whether the waiting jobs are deleted; if not they are canceled, and stay stored as such.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many jobs waited.</returns>
    public async Task<int> DeleteAsync(bool deleteJobs = true, CancellationToken cancellationToken = default)
    {
        int jobs = await Empty.ExecuteAsync(Connection, Name, cancelOnly: !deleteJobs, cancellationToken).ConfigureAwait(false);
        await Empty.ForgetAsync(Connection, Name).WaitAsync(cancellationToken).ConfigureAwait(false);
        await ResumeAsync(cancellationToken).ConfigureAwait(false);
        return jobs;
    }

    /// <summary>Takes ids off the queue whose jobs are gone (expired, or deleted by hand). Workers pass them over anyway.</summary>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many.</returns>
    public Task<int> CompactAsync(CancellationToken cancellationToken = default) => Empty.CompactAsync(Connection, Name, cancellationToken);

    /// <summary>
    /// Lets .NET workers take nothing from this queue until <see cref="ResumeAsync"/>; what runs goes on, and jobs can still be
    /// enqueued. Survives restarts. Python workers know nothing of it; to stop those too, see <see cref="Worker.SuspendAllAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        Connection.Primary.SetAddAsync(Connection.Keys.Paused, Key).WaitAsync(cancellationToken);

    /// <summary>Ends a pause. Workers go on within a second.</summary>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        Connection.Primary.SetRemoveAsync(Connection.Keys.Paused, Key).WaitAsync(cancellationToken);

    /// <summary>Whether the queue is paused.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<bool> IsPausedAsync(CancellationToken cancellationToken = default) =>
        Connection.Primary.SetContainsAsync(Connection.Keys.Paused, Key).WaitAsync(cancellationToken);

    /// <summary>
    /// Who moves the scheduled jobs of this queue now, a scheduler of this library or of Python RQ. RQ's <c>scheduler_pid</c> is its
    /// <see cref="SchedulerInfo.ProcessId"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><c>null</c> when nobody does. Of one whose record is gone only the name is known, of one of Python RQ before 2.10 only the process id.</returns>
    public async Task<SchedulerInfo?> FindSchedulerAsync(CancellationToken cancellationToken = default)
    {
        string? owner = await Connection.Primary.StringGetAsync(Connection.Keys.SchedulerLock(Name)).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (string.IsNullOrEmpty(owner))
            return null;
        SchedulerInfo known = SchedulerInfo.OfLock(owner, Name);
        return known.Name is null ? known : await Scheduler.FindAsync(Connection, owner, cancellationToken).ConfigureAwait(false) ?? known;
    }
}
