using System.Transactions;

namespace RQ.Queues;

/// <summary>
/// Jobs that go to their queues when the transaction that their caller is in has committed. One of them takes all jobs of a
/// transaction, so that a queue that refuses its jobs does not keep the others from theirs.
/// </summary>
/// <remarks>
/// It hears of the end and takes no part in it: beside another resource manager a database would have to commit in two phases, and might be told to after this one.
/// </remarks>
internal sealed class CommitEnlistment
{
    /// <summary>The commit of the transaction waits so long for queues that are full, or for the server, in all.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<Transaction, CommitEnlistment> s_open = [];

    private readonly Transaction _transaction;
    private readonly List<(Enqueuer Enqueuer, List<NewJob> Jobs, bool IsFresh)> _parts = [];

    private CommitEnlistment(Transaction transaction) => _transaction = transaction;

    /// <summary>The transaction that jobs of this queue wait for now; <c>null</c> for none.</summary>
    public static Transaction? Awaited(QueueOptions options) => options.EnqueueOnCommit ? Transaction.Current : null;

    /// <returns>The jobs, which are nowhere yet.</returns>
    /// <exception cref="TransactionException">The transaction has come to its end.</exception>
    public static IReadOnlyList<Job> Enlist(Transaction transaction, Enqueuer enqueuer, IReadOnlyList<NewJob> jobs)
    {
        if (transaction.TransactionInformation.Status != TransactionStatus.Active)
            throw new TransactionException($"The jobs were to be enqueued with the commit of the current transaction (QueueOptions.EnqueueOnCommit), which is {transaction.TransactionInformation.Status}.");
        CommitEnlistment? enlistment;
        bool isFirst;
        lock (s_open)
        {
            isFirst = !s_open.TryGetValue(transaction, out enlistment);
            if (isFirst)
                s_open[transaction] = enlistment = new CommitEnlistment(transaction.Clone());
            enlistment!.Add(enqueuer, jobs);
        }

        // If it ends in this moment, the end is told at once.
        if (isFirst)
            enlistment._transaction.TransactionCompleted += enlistment.End;
        return [.. jobs.Select(job => job.ToJob(job.Item.Queue.Connection, JobStatus.Created))];
    }

    private void Add(Enqueuer enqueuer, IReadOnlyList<NewJob> jobs)
    {
        // Those of one queue that follow each other go together. What comes between may be what they wait for. Of those with ids of their own two may have the same.
        bool isFresh = jobs.All(job => job.Item.Token.Length == 0);
        if (isFresh && _parts.Count > 0 && _parts[^1].IsFresh && _parts[^1].Enqueuer == enqueuer)
            _parts[^1].Jobs.AddRange(jobs);
        else
            _parts.Add((enqueuer, [.. jobs], isFresh));
    }

    // Whatever takes part in the transaction has committed. What cannot be enqueued now is work that is in the database and whose jobs are on
    // no queue: somebody is told, after everything else was tried.
    private void End(object? sender, TransactionEventArgs ended)
    {
        bool isCommitted = ended.Transaction?.TransactionInformation.Status == TransactionStatus.Committed;
        lock (s_open)
            s_open.Remove(_transaction);
        _transaction.Dispose();
        if (isCommitted)
            EnqueueAll();
    }

    private void EnqueueAll()
    {
        using var limit = new CancellationTokenSource(s_patience);
        CancellationToken over = limit.Token;
        var failures = new List<Exception>();
        foreach ((Enqueuer enqueuer, List<NewJob> jobs, _) in _parts)
        {
            try
            {
                Task.Run(() => enqueuer.StoreInBitesAsync(jobs, over), CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                IReadOnlyList<Job> left = Left(jobs, exception);
                Exception told = exception is EnqueueNotConfirmedException ? exception : new RqException(
                    $"The transaction has committed, but of its jobs for queue '{jobs[0].Item.Queue.Name}' not all are known to be enqueued ({string.Join(", ", left.Take(20).Select(job => job.Id))}): {exception.Message} " +
                    "Look whether they are there (Job.ExistsAsync), and enqueue those that are not.", exception);
                Tell(enqueuer.Options.OnCommitFailed, left, told, failures);
            }
        }

        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    private static void Tell(Action<IReadOnlyList<Job>, Exception>? handler, IReadOnlyList<Job> jobs, Exception exception, List<Exception> failures)
    {
        try
        {
            if (handler is null)
                failures.Add(exception);
            else
                handler(jobs, exception);
        }
        catch (Exception another)
        {
            // The jobs of other queues are still to be tried.
            failures.Add(another);
        }
    }

    private static IReadOnlyList<Job> Left(List<NewJob> jobs, Exception exception)
    {
        HashSet<string>? accepted = exception is EnqueueManyException many ? [.. many.Accepted.Select(job => job.Id)] : null;
        HashSet<string>? unconfirmed = exception is EnqueueNotConfirmedException one ? [.. one.JobIds] : null;
        return [.. jobs
            .Where(job => accepted?.Contains(job.Item.Id) != true && unconfirmed?.Contains(job.Item.Id) != false)
            .Select(job => job.ToJob(job.Item.Queue.Connection, JobStatus.Created))];
    }
}
