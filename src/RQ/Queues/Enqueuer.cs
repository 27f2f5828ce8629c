using System.Transactions;
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
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(500);

    public QueueOptions Options => options;

    private RqConnection Rq => queue.Connection;

    public async Task<Job> EnqueueAsync(JobCall call, JobOptions? jobOptions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        cancellationToken.ThrowIfCancellationRequested();
        Transaction? transaction = CommitEnlistment.Awaited(options);
        if (options.EnqueueFilters.Count > 0)
            return (await FilterAsync([new JobRequest(call, jobOptions)], transaction, cancellationToken).ConfigureAwait(false))[0];
        NewJob job = Prepare(call, jobOptions);
        if (transaction is not null)
            return CommitEnlistment.Enlist(transaction, this, [job])[0];
        if (IsPlain(job))
            return await Rq.Gatherer.EnqueueAsync(job, cancellationToken).ConfigureAwait(false);
        Rq.Gatherer.Flush();
        Stored stored = await StoreAsync([job], cancellationToken).ConfigureAwait(false);
        Rq.ThrowIfMissing(stored.Missing, [job.Item.Id]);
        return stored.Jobs[0];
    }

    public async Task<IReadOnlyList<Job>> EnqueueManyAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken)
    {
        if (requests.Count == 0)
            return [];
        Transaction? transaction = CommitEnlistment.Awaited(options);
        return options.EnqueueFilters.Count > 0
            ? await FilterAsync(requests, transaction, cancellationToken).ConfigureAwait(false)
            : await StoreManyAsync(requests, transaction, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Enqueues all, some in each call; those of one call all or none. Plain jobs are prepared and sent while the server still works on
    /// the call before; what only together makes sense waits for it.
    /// </summary>
    /// <exception cref="EnqueueManyException">It failed after some were enqueued.</exception>
    /// <exception cref="EnqueueNotConfirmedException">All are enqueued; some of them are not confirmed as the connection's options ask.</exception>
    public async Task<IReadOnlyList<Job>> StoreInBitesAsync(IEnumerable<NewJob> jobs, CancellationToken cancellationToken)
    {
        // Jobs that their caller runs are stored one by one: what is stored as started must be started.
        int most = options.IsAsync ? Math.Min(Bites.MostJobs, options.MaxLength ?? Bites.MostJobs) : 1;
        var stored = new StoredSoFar();
        Bite? underWay = null;
        try
        {
            foreach (List<NewJob> bite in Bites.Cut(jobs, most, job => job.Size).SelectMany(SplitByCallbacks))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Bite? before = underWay;
                underWay = null;
                bool isPlain = bite.TrueForAll(IsPlain);
                // The first one teaches the server the script if need be: two that do so at once could overtake each other.
                if (before is not null && (stored.Count == 0 || !before.IsPlain || !isPlain))
                {
                    stored.Add(await before.Stored.ConfigureAwait(false));
                    before = null;
                }

                if (stored.Count == 0)
                    Rq.Gatherer.Flush();
                underWay = new Bite(bite, isPlain, StoreAsync(bite, cancellationToken));
                if (before is not null)
                    stored.Add(await WithoutGapAsync(before, underWay, cancellationToken).ConfigureAwait(false));
            }

            if (underWay is { } last)
            {
                underWay = null;
                stored.Add(await last.Stored.ConfigureAwait(false));
            }
        }
        catch (Exception exception)
        {
            // Its callers are told what is enqueued, so the call behind the failed one is waited for.
            if (underWay is not null && await underWay.IsStoredAsync().ConfigureAwait(false))
                stored.Add(await underWay.Stored.ConfigureAwait(false));

            if (stored.Count == 0)
                throw;
            throw new EnqueueManyException(stored.Jobs, exception, stored.Unconfirmed.Count);
        }

        // Only now: those behind some that are not confirmed are to be on their queue, too.
        Rq.ThrowIfMissing(stored.Missing, stored.Unconfirmed);
        return stored.Jobs;
    }

    /// <summary>
    /// The jobs of a call that failed while the one behind it did not are sent once more: whoever goes on after the accepted ones
    /// leaves none out. Plain jobs have fresh ids, so those that were stored all the same are left as they are.
    /// </summary>
    private async Task<Stored> WithoutGapAsync(Bite bite, Bite behind, CancellationToken cancellationToken)
    {
        try
        {
            return await bite.Stored.ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (!await behind.IsStoredAsync().ConfigureAwait(false))
                throw;
            return await StoreAsync(bite.Jobs, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsPlain(NewJob job) => job.Callbacks.Count == 0 && EnqueuePlain.Fits(job.Item);

    // A job has three callbacks at most.
    private static IEnumerable<List<NewJob>> SplitByCallbacks(List<NewJob> bite) =>
        bite.Sum(job => 1 + job.Callbacks.Count) <= Bites.MostJobs ? [bite] : bite.Chunk(Bites.MostJobs / 4).Select(jobs => jobs.ToList());

    private async Task<Stored> StoreAsync(List<NewJob> jobs, CancellationToken cancellationToken)
    {
        Enqueue.Item[] items = NewJob.ItemsOf(jobs);
        (JobStatus[] statuses, string? missing) = await SendAsync(items, jobs.Count, cancellationToken).ConfigureAwait(false);
        var stored = new Job[jobs.Count];
        int at = 0;
        for (int i = 0; i < stored.Length; i++)
        {
            stored[i] = jobs[i].ToJob(Rq, statuses[at]);
            if (statuses[at] == JobStatus.Started && items[at].Execution.Length > 0)
                await InCaller.RunAsync(stored[i], jobs[i].ToHash(statuses[at]), items[at].Execution, options.CallerOptions).ConfigureAwait(false);
            at += 1 + jobs[i].Callbacks.Count;
        }

        return new Stored(stored, missing);
    }

    private async Task<IReadOnlyList<Job>> FilterAsync(IReadOnlyList<JobRequest> requests, Transaction? transaction, CancellationToken cancellationToken)
    {
        var context = new EnqueueContext(queue, requests);
        Func<ValueTask> next = async () => context.Jobs = await StoreManyAsync(context.Requests, transaction, cancellationToken).ConfigureAwait(false);
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

    private async Task<IReadOnlyList<Job>> StoreManyAsync(IReadOnlyList<JobRequest> requests, Transaction? transaction, CancellationToken cancellationToken)
    {
        int[] order = DependencyOrder.Of(requests);
        IEnumerable<NewJob> prepared = order.Select(index => Prepare(requests[index]));
        IReadOnlyList<Job> stored = transaction is null
            ? await StoreInBitesAsync(prepared, cancellationToken).ConfigureAwait(false)
            : CommitEnlistment.Enlist(transaction, this, [.. prepared]);
        var jobs = new Job[requests.Count];
        for (int i = 0; i < jobs.Length; i++)
            jobs[order[i]] = stored[i];
        return jobs;
    }

    private NewJob Prepare(JobRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Prepare(request.Call, request.Options);
    }

    private NewJob Prepare(JobCall call, JobOptions? jobOptions)
    {
        ArgumentNullException.ThrowIfNull(call);
        NewJob job = NewJob.Create(queue, call, jobOptions);
        if (options.IsAsync)
            return job;
        return jobOptions?.RateLimit is null
            ? job with { Item = job.Item with { Execution = Executions.ExecutionIds.New(1)[0] } }
            : throw new ArgumentException("A queue whose jobs are run by their caller (QueueOptions.IsAsync = false) takes no rate limited jobs: nobody would run those that wait.");
    }

    // Their callbacks wait for them, and take no room.
    private async Task<Enqueue.Stored> SendAsync(Enqueue.Item[] items, int count, CancellationToken cancellationToken)
    {
        TimeSpan wait = s_shortestWait;
        while (true)
        {
            try
            {
                return options.IsAsync
                    ? await Enqueue.StoreAsync(Rq, items).WaitAsync(cancellationToken).ConfigureAwait(false)
                    : new Enqueue.Stored(await Enqueue.ExecuteAsync(Rq, items).WaitAsync(cancellationToken).ConfigureAwait(false), null);
            }
            catch (QueueFullException exception) when (options.WhenFull == WhenFull.Wait && count <= exception.MaxLength)
            {
                await Task.Delay(wait, Rq.TimeProvider, cancellationToken).ConfigureAwait(false);
                wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
            }
        }
    }

    /// <summary>Jobs of one call that are on their queue.</summary>
    /// <param name="Jobs">They, in order.</param>
    /// <param name="Missing">What is missing to their confirmation; <c>null</c> for nothing.</param>
    private sealed record Stored(IReadOnlyList<Job> Jobs, string? Missing);

    /// <summary>Those of several calls.</summary>
    private sealed class StoredSoFar
    {
        public List<Job> Jobs { get; } = [];

        /// <summary>The ids of those that are not confirmed.</summary>
        public List<string> Unconfirmed { get; } = [];

        public string? Missing { get; private set; }

        public int Count => Jobs.Count;

        public void Add(Stored stored)
        {
            Jobs.AddRange(stored.Jobs);
            if (stored.Missing is null)
                return;
            Unconfirmed.AddRange(stored.Jobs.Select(job => job.Id));
            Missing = stored.Missing;
        }
    }

    /// <summary>Jobs that were sent in one call.</summary>
    private sealed record Bite(List<NewJob> Jobs, bool IsPlain, Task<Stored> Stored)
    {
        /// <summary>Waits for the answer, whatever it is.</summary>
        public async Task<bool> IsStoredAsync()
        {
            await ((Task)Stored).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Stored.IsCompletedSuccessfully;
        }
    }
}
