using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Results;

/// <summary>Waits for the end of a job: woken by its result stream, and looking at its status now and then for ends that store no result.</summary>
internal static class ResultWaiter
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookWithoutStreams = TimeSpan.FromMilliseconds(20);

    public static async Task<JobResult> WaitAsync(Job job, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RqConnection rq = job.Connection;
        long begin = rq.TimeProvider.GetTimestamp();
        RespConnection? connection = null;
        string seen = "0-0";
        try
        {
            while (true)
            {
                await job.RefreshAsync(cancellationToken).ConfigureAwait(false);
                if (await EndOfAsync(job).WaitAsync(cancellationToken).ConfigureAwait(false) is { } result)
                    return result;
                TimeSpan left = timeout == System.Threading.Timeout.InfiniteTimeSpan
                    ? TimeSpan.MaxValue
                    : timeout - rq.TimeProvider.GetElapsedTime(begin);
                if (left <= TimeSpan.Zero)
                    throw new TimeoutException($"Job '{job.Id}' did not end within {timeout}; it is {job.Status.ToText()}. It goes on; wait again or look at it later.");
                if (!rq.Capabilities.Streams)
                {
                    await Task.Delay(Min(left, s_lookWithoutStreams), rq.TimeProvider, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(Min(left, s_look + rq.ConnectTimeout));
                try
                {
                    connection ??= await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), null, limit.Token).ConfigureAwait(false);
                    seen = await ResultStore.WaitForEntryAsync(rq, connection, job.Id, seen, Min(left, s_look), limit.Token).ConfigureAwait(false);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested && (exception is OperationCanceledException || ConnectionLoss.Is(exception)))
                {
                    // Looking again goes over the shared connection, which says what is wrong if it is still so then.
                    connection?.Dispose();
                    connection = null;
                    await Task.Delay(Min(left, s_lookWithoutStreams), rq.TimeProvider, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private static async Task<JobResult?> EndOfAsync(Job job)
    {
        if (job.Status is not (JobStatus.Finished or JobStatus.Failed or JobStatus.Stopped or JobStatus.Canceled))
            return null;
        JobHash hash = await ReadJobs.ExecuteAsync(job.Connection, job.Id).ConfigureAwait(false);
        JobResult? result = await ResultStore.LatestAsync(job.Connection, hash).ConfigureAwait(false);
        if (job.Status == JobStatus.Finished)
            return result ?? new JobResult(job.Id, JobResultType.Successful);
        throw new JobFailedException(job.Id, job.Status, result?.ExceptionText);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
