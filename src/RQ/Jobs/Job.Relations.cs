using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ;

public partial class Job
{
    /// <summary>The ids of the jobs that wait for this one, in no order. Empty once they were released.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetDependentIdsAsync(CancellationToken cancellationToken = default)
    {
        RedisValue[] ids = await Connection.Primary.SetMembersAsync(Connection.Keys.Dependents(Id)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(ids, id => (string)id!);
    }

    /// <summary>The jobs that wait for this one, the oldest first. Those that are gone are left out.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<Job>> GetDependentsAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> ids = await GetDependentIdsAsync(cancellationToken).ConfigureAwait(false);
        return [.. (await FetchManyAsync(ids, Connection, cancellationToken).ConfigureAwait(false)).OfType<Job>().OrderBy(job => job.CreatedAt)];
    }

    /// <summary>
    /// The jobs that this one waited or waits for, in the order given, so that it can read their results. Those that are gone are left
    /// out: keep them long enough (<see cref="JobOptions.ResultTtl"/>).
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<Job>> GetDependenciesAsync(CancellationToken cancellationToken = default) =>
        [.. (await FetchManyAsync(DependencyIds, Connection, cancellationToken).ConfigureAwait(false)).OfType<Job>()];

    /// <summary>
    /// Whether everything that this job waits for has ended as it should: finished, or gone, or failed if that is allowed.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<bool> AreDependenciesMetAsync(CancellationToken cancellationToken = default)
    {
        bool runsAnyway = _hash.Text(Jobs.JobFields.IfUnmet) == UnmetDependency.Run.ToText();
        return (await GetDependenciesAsync(cancellationToken).ConfigureAwait(false)).All(job =>
            job.Status == JobStatus.Finished
            || (job.Status == JobStatus.Failed && (AllowsDependencyFailures || runsAnyway))
            || (job.Status is JobStatus.Stopped or JobStatus.Canceled && runsAnyway));
    }

    /// <summary>The executions that run now: one, or none; more only where a Python worker runs the job a second time.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<JobExecution>> GetExecutionsAsync(CancellationToken cancellationToken = default) =>
        Jobs.ExecutionRecords.ReadAsync(Connection, Id).WaitAsync(cancellationToken);

    /// <summary>How many jobs are before it on its queue; <c>null</c> when it is not on it.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<long?> GetPositionAsync(CancellationToken cancellationToken = default) =>
        new Queue(Origin, Connection).GetPositionAsync(Id, cancellationToken);
}
