using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Results;

/// <summary>
/// Waits for the end of a job: woken by its result stream, and looking at its status now and then for ends that store no
/// result. A server that goes away and comes back within the time is waited for too.
/// </summary>
internal sealed class ResultWaiter : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookWithoutStreams = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pauseAfterLoss = TimeSpan.FromMilliseconds(100);

    private readonly Job _job;
    private readonly TimeSpan _timeout;
    private readonly long _begin;
    private RespConnection? _connection;
    private JobStatus _status;
    private string _seen = "0-0";

    private ResultWaiter(Job job, TimeSpan timeout)
    {
        _job = job;
        _timeout = timeout;
        _status = job.Status;
        _begin = Rq.TimeProvider.GetTimestamp();
    }

    private RqConnection Rq => _job.Connection;

    private TimeSpan Left => _timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _timeout - Rq.TimeProvider.GetElapsedTime(_begin);

    public static async Task<JobResult> WaitAsync(Job job, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var waiter = new ResultWaiter(job, timeout);
        while (true)
        {
            Exception? loss = null;
            try
            {
                if (await waiter.LookAsync(cancellationToken).ConfigureAwait(false) is { } result)
                    return result;
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
                return (loss is null ? await waiter.LookLastAsync(cancellationToken).ConfigureAwait(false) : null) ?? throw waiter.TimeIsOver(loss);
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    /// <summary>When the time is over: it may have ended since the look before. Nobody waits long for this one's answer.</summary>
    private async Task<JobResult?> LookLastAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(cancellationToken).WaitAsync(s_lastLook, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException || ConnectionLoss.Is(exception))
        {
            return null;
        }
    }

    /// <summary>The result, when the job has ended.</summary>
    /// <exception cref="JobFailedException">It ended without a value.</exception>
    private async Task<JobResult?> LookAsync(CancellationToken cancellationToken)
    {
        // While it goes on no more than that is read: its arguments may be large, and those who wait many.
        RedisValue status = await Rq.Primary.HashGetAsync(Rq.Keys.Job(_job.Id), JobFields.Status).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!status.IsNull && !HasEnded(_status = JobStatusText.Parse(status)))
            return null;
        await _job.RefreshAsync(cancellationToken).ConfigureAwait(false);
        _status = _job.Status;
        if (!HasEnded(_status))
            return null;
        JobResult? result = await _job.ReadLatestResultAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        // It may have gone between the two: a job that is gone has no result, not an empty one.
        if (result is null && Rq.Capabilities.Streams)
            await _job.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (_job.Status == JobStatus.Finished)
            return result ?? new JobResult(_job.Id, JobResultType.Successful);
        throw new JobFailedException(_job.Id, _job.Status, result?.ExceptionText);
    }

    private static bool HasEnded(JobStatus status) => status is JobStatus.Finished or JobStatus.Failed or JobStatus.Stopped or JobStatus.Canceled;

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
        ? new TimeoutException($"Job '{_job.Id}' did not end within {_timeout}; it is {_status.ToText()}. It goes on; wait again or look at it later.")
        : new TimeoutException(
            $"Job '{_job.Id}' did not end within {_timeout} as far as can be told: the server could not be reached at last ({loss.Message}). Wait again or look at it later.", loss);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
