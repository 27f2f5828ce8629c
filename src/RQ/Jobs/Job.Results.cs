using RQ.Results;

namespace RQ;

public partial class Job
{
    /// <summary>How many results are kept: about the last ten, or one where the server has no streams. RQ's <c>Result.count</c>.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">The job is no longer there.</exception>
    public async Task<long> CountResultsAsync(CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return await ResultStore.CountAsync(Connection, _hash).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes all results of the job; the job stays as it is. Of one that is gone too. RQ's <c>Result.delete_all</c>.</summary>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    public Task DeleteResultsAsync(CancellationToken cancellationToken = default) =>
        ResultStore.DeleteAllAsync(Connection, Id).WaitAsync(cancellationToken);
}
