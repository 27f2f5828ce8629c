using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Results;

/// <summary>
/// Waits for the end of a job: woken by its result stream, and looking at its status now and then for ends that store no
/// result. A server that goes away and comes back within the time is waited for too.
/// </summary>
internal sealed class ResultWaiter : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookWithoutStreams = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_pauseAfterLoss = TimeSpan.FromMilliseconds(100);

    private readonly Job _job;
    private readonly TimeSpan _timeout;
    private readonly long _begin;
    private RespConnection? _connection;
    private string _seen = "0-0";

    private ResultWaiter(Job job, TimeSpan timeout)
    {
        _job = job;
        _timeout = timeout;
        _begin = Rq.TimeProvider.GetTimestamp();
    }

    private RqConnection Rq => _job.Connection;

    private TimeSpan Left => _timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _timeout - Rq.TimeProvider.GetElapsedTime(_begin);

    public static async Task<JobResult> WaitAsync(Job job, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var waiter = new ResultWaiter(job, timeout);
        Exception? loss = null;
        while (true)
        {
            try
            {
                if (await waiter.LookAsync(cancellationToken).ConfigureAwait(false) is { } result)
                    return result;
                loss = null;
                if (waiter.Left > TimeSpan.Zero)
                    await waiter.WaitForNewsAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                loss = exception;
                waiter.Dispose();
                if (waiter.Left > TimeSpan.Zero)
                    await Task.Delay(Min(waiter.Left, s_pauseAfterLoss), job.Connection.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            if (waiter.Left <= TimeSpan.Zero)
                throw waiter.TimeIsOver(loss);
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    /// <summary>The result, when the job has ended.</summary>
    /// <exception cref="JobFailedException">It ended without a value.</exception>
    private async Task<JobResult?> LookAsync(CancellationToken cancellationToken)
    {
        await _job.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (_job.Status is not (JobStatus.Finished or JobStatus.Failed or JobStatus.Stopped or JobStatus.Canceled))
            return null;
        JobResult? result = await _job.ReadLatestResultAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_job.Status == JobStatus.Finished)
            return result ?? new JobResult(_job.Id, JobResultType.Successful);
        throw new JobFailedException(_job.Id, _job.Status, result?.ExceptionText);
    }

    private async Task WaitForNewsAsync(CancellationToken cancellationToken)
    {
        if (!Rq.Capabilities.Streams)
        {
            await Task.Delay(Min(Left, s_lookWithoutStreams), Rq.TimeProvider, cancellationToken).ConfigureAwait(false);
            return;
        }

        TimeSpan patience = s_look + Rq.ConnectTimeout;
        bool isLast = Left < patience;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(isLast ? Max(Left, TimeSpan.Zero) : patience);
        try
        {
            _connection ??= await RespConnection.ConnectAsync(Rq.PrimaryEndpoint(), null, limit.Token).ConfigureAwait(false);
            _seen = await ResultStore.WaitForEntryAsync(Rq, _connection, _job.Id, _seen, Min(Left, s_look), limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (isLast && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested
            && (exception is OperationCanceledException || ConnectionLoss.Is(exception)))
        {
            // The time is over, before it can be told whether the server is slow or gone; a moment ago it answered.
            Dispose();
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("The server did not answer in time.", exception);
        }
    }

    private TimeoutException TimeIsOver(Exception? loss) => loss is null
        ? new TimeoutException($"Job '{_job.Id}' did not end within {_timeout}; it is {_job.Status.ToText()}. It goes on; wait again or look at it later.")
        : new TimeoutException(
            $"Job '{_job.Id}' did not end within {_timeout} as far as can be told: the server could not be reached at last ({loss.Message}). Wait again or look at it later.", loss);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
