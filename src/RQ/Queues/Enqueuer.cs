using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Queues;

/// <summary>
/// The way of jobs onto one queue: filters, the transaction that the caller is in, room on the queue, the transition
/// <i>enqueue</i>, and the run in the caller when there are no workers.
/// </summary>
internal sealed class Enqueuer(Queue queue, QueueOptions options)
{
    /// <summary>How many jobs one call enqueues, so that it holds the server for a few milliseconds.</summary>
    private const int Bite = 500;

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(500);

    private RqConnection Rq => queue.Connection;

    public async Task<Job> EnqueueAsync(JobRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (options.EnqueueFilters.Count > 0)
            return (await FilterAsync([request], cancellationToken).ConfigureAwait(false))[0];
        NewJob job = Prepare(request);
        if (CommitEnlistment.TryEnlist(this, options, [job]) is { } waiting)
            return waiting[0];
        return (await StoreAsync([job], cancellationToken).ConfigureAwait(false))[0];
    }

    public Task<IReadOnlyList<Job>> EnqueueManyAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken) =>
        options.EnqueueFilters.Count > 0 && requests.Count > 0
            ? FilterAsync(requests, cancellationToken)
            : StoreManyAsync(requests, cancellationToken);

    /// <summary>Enqueues all or none.</summary>
    public async Task<IReadOnlyList<Job>> StoreAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken)
    {
        Enqueue.Item[] items = [.. jobs.Select(job => job.Item)];
        JobStatus[] statuses = await SendAsync(items, cancellationToken).ConfigureAwait(false);
        var stored = new Job[jobs.Count];
        for (int i = 0; i < stored.Length; i++)
        {
            JobHash hash = jobs[i].ToHash(statuses[i]);
            stored[i] = new Job(Rq, hash);
            if (statuses[i] == JobStatus.Started && items[i].Execution.Length > 0)
                await InCaller.RunAsync(stored[i], hash, items[i].Execution, options.CallerOptions).ConfigureAwait(false);
        }

        return stored;
    }

    private async Task<IReadOnlyList<Job>> FilterAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken)
    {
        var context = new EnqueueContext(queue, requests);
        Func<ValueTask> next = async () => context.Jobs = await StoreManyAsync(context.Requests, cancellationToken).ConfigureAwait(false);
        foreach (IEnqueueFilter filter in options.EnqueueFilters.Reverse())
        {
            Func<ValueTask> inner = next;
            next = () => filter.EnqueueAsync(context, inner, cancellationToken);
        }

        await next().ConfigureAwait(false);
        return context.Jobs.Count == requests.Count
            ? context.Jobs
            : throw new RqException("An enqueue filter kept the jobs back. To refuse jobs, a filter throws an exception that says why.");
    }

    private async Task<IReadOnlyList<Job>> StoreManyAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken)
    {
        int[] order = DependencyOrder.Of(requests);
        if (CommitEnlistment.IsWanted(options))
            return CommitEnlistment.TryEnlist(this, options, [.. requests.Select(Prepare)])!;
        var jobs = new Job[requests.Count];
        int done = 0;
        try
        {
            int most = Math.Min(Bite, options.MaxLength ?? Bite);
            foreach (List<NewJob> bite in Bites.Cut(order.Select(index => Prepare(requests[index])), most, job => job.Size))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (Job job in await StoreAsync(bite, cancellationToken).ConfigureAwait(false))
                    jobs[order[done++]] = job;
            }

            return jobs;
        }
        catch (Exception exception) when (done > 0)
        {
            throw new EnqueueManyException([.. order.Take(done).Order().Select(index => jobs[index])], exception);
        }
    }

    private NewJob Prepare(JobRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        NewJob job = NewJob.Create(queue, request.Call, request.Options);
        if (options.IsAsync)
            return job;
        return request.Options?.RateLimit is null
            ? job with { Item = job.Item with { Execution = Executions.ExecutionIds.New(1)[0] } }
            : throw new ArgumentException("A queue whose jobs are run by their caller (QueueOptions.IsAsync = false) takes no rate limited jobs: nobody would run those that wait.");
    }

    private async Task<JobStatus[]> SendAsync(Enqueue.Item[] items, CancellationToken cancellationToken)
    {
        TimeSpan wait = s_shortestWait;
        while (true)
        {
            try
            {
                return await Enqueue.ExecuteAsync(Rq, items).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (QueueFullException exception) when (options.WhenFull == WhenFull.Wait && items.Length <= exception.MaxLength)
            {
                await Task.Delay(wait, Rq.TimeProvider, cancellationToken).ConfigureAwait(false);
                wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
            }
        }
    }
}
