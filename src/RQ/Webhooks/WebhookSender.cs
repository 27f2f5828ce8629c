using System.Collections.Concurrent;
using System.Net.Http.Headers;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Webhooks;

/// <summary>
/// Sends the requests that jobs ask for when they have ended. Nobody waits for them but a worker that stops; what cannot be sent
/// is logged and forgotten.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing to dispose of.
internal sealed class WebhookSender(WorkerSetup setup)
#pragma warning restore CA1001
{
    private const int AtOnce = 32;

    /// <summary>How many may wait, each with its body, when they come faster than they can be sent.</summary>
    private const int MostWaiting = 10_000;

    /// <summary>For one that began a moment ago, so that its own time-out is what is logged.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromMilliseconds(500);

    private static readonly Lazy<HttpClient> s_shared = new(() => new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    });

    private readonly SemaphoreSlim _turn = new(AtOnce);

    /// <summary>Those that are sent or wait for their turn, and how long each may take.</summary>
    private readonly ConcurrentDictionary<Task, TimeSpan> _inFlight = new();

    private int _waiting;
    private volatile bool _isClosed;

    /// <summary>Sends the webhooks of a job whose outcome has been stored; nothing when it is run again or was stopped.</summary>
    public void Send(Execution execution, Outcome outcome)
    {
        if (execution.Job.Text(JobFields.Webhooks) is null || !execution.TryMarkWebhooks())
            return;
        switch (outcome)
        {
            case Outcome.Finished:
                Send(execution.Job, JobStatus.Finished, execution.EndedAt, null);
                break;
            case Outcome.Failed failed:
                Send(execution.Job, JobStatus.Failed, execution.EndedAt, failed.Failure.Text);
                break;
            case Outcome.RetriesExceeded exceeded:
                Send(execution.Job, JobStatus.Failed, execution.EndedAt, exceeded.Failure.Text);
                break;
        }
    }

    /// <summary>Sends those of the job's webhooks that are meant for the status.</summary>
    /// <param name="job">The job.</param>
    /// <param name="status">Finished or failed, as it was stored.</param>
    /// <param name="endedAt">When it ended.</param>
    /// <param name="failureText">Why it failed; <c>null</c> when it did not.</param>
    public void Send(JobHash job, JobStatus status, DateTimeOffset endedAt, string? failureText)
    {
        byte[]? body = null;
        Webhook[] webhooks = [.. WebhookText.Read(job.Text(JobFields.Webhooks)).Where(each => each.Status == status)];
        // A worker must not become a tool for requests to anywhere.
        if (webhooks.Length == 0 || !setup.Vouches(job, "webhooks"))
            return;
        foreach (Webhook webhook in webhooks)
        {
            if (webhook.Method == HttpMethod.Post)
                body ??= WebhookBody.Write(setup.Connection, job, status, endedAt, failureText);
            byte[]? content = webhook.Method == HttpMethod.Post ? body : null;
            Start(webhook, content, job.Id);
        }
    }

    /// <summary>
    /// Waits until all are sent or failed, but no longer than the longest of their time-outs; no longer than
    /// <see cref="WorkerOptions.ShutdownGrace"/> if the worker has one; and no longer once the token is signalled. The rest is not sent.
    /// </summary>
    public async Task CompleteAsync(CancellationToken abort)
    {
        TimeSpan wait = _inFlight.Values.Append(TimeSpan.Zero).Max();
        if (setup.Options.ShutdownGrace is var grace && grace != Timeout.InfiniteTimeSpan && grace < wait)
            wait = grace;
        try
        {
            await Task.WhenAll(_inFlight.Keys).WaitAsync(wait < WorkerOptions.LongestWait ? wait + s_margin : Timeout.InfiniteTimeSpan, setup.Time, abort).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _isClosed = true;
            Log.WebhooksUnsent(setup.Log, setup.Name, _inFlight.Count);
        }
    }

    // Started elsewhere, so that nothing of it runs in the caller's time.
    private void Start(Webhook webhook, byte[]? body, string jobId)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            Log.WebhookDropped(setup.Log, setup.Name, jobId, MostWaiting);
            return;
        }

        Task sending = Task.Run(() => SendAsync(webhook, body, jobId));
        _inFlight[sending] = webhook.Timeout;
        sending.ContinueWith(
            done =>
            {
                _inFlight.TryRemove(done, out _);
                Interlocked.Decrement(ref _waiting);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task SendAsync(Webhook webhook, byte[]? body, string jobId)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isClosed)
                return;
            using var limit = new CancellationTokenSource(webhook.Timeout, setup.Time);
            using HttpRequestMessage request = Request(webhook, body);
            HttpClient client = setup.Options.HttpClient ?? s_shared.Value;
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
        }
        catch (Exception exception)
        {
            // A path or a query may hold a secret.
            Log.WebhookFailed(setup.Log, exception, setup.Name, jobId, webhook.Method.Method, webhook.Url.Authority);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static HttpRequestMessage Request(Webhook webhook, byte[]? body)
    {
        var request = new HttpRequestMessage(webhook.Method, webhook.Url) { Content = body is null ? null : new ByteArrayContent(body) };
        foreach ((string name, string value) in webhook.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        if (!request.Headers.NonValidated.Contains("User-Agent"))
            request.Headers.TryAddWithoutValidation("User-Agent", "RQ.NET");
        if (request.Content is { } content && !content.Headers.NonValidated.Contains("Content-Type"))
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }
}
