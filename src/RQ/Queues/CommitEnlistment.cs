using System.Collections.Concurrent;
using System.Transactions;

namespace RQ.Queues;

/// <summary>
/// Jobs that go to their queues when the transaction that their caller is in commits. One enlistment takes all jobs of a
/// transaction, so that a queue that refuses its jobs does not keep the others from theirs.
/// </summary>
internal sealed class CommitEnlistment : IEnlistmentNotification
{
    private static readonly ConcurrentDictionary<Transaction, CommitEnlistment> s_open = new();

    private readonly Transaction _transaction;
    private readonly List<(Enqueuer Enqueuer, IReadOnlyList<NewJob> Jobs)> _parts = [];

    private CommitEnlistment(Transaction transaction) => _transaction = transaction;

    /// <summary>The transaction that jobs of this queue wait for now; <c>null</c> for none.</summary>
    public static Transaction? Awaited(QueueOptions options) => options.EnqueueOnCommit ? Transaction.Current : null;

    /// <returns>The jobs, which are nowhere yet.</returns>
    public static IReadOnlyList<Job> Enlist(Transaction transaction, Enqueuer enqueuer, IReadOnlyList<NewJob> jobs)
    {
        CommitEnlistment enlistment = s_open.GetOrAdd(transaction, static each => new CommitEnlistment(each.Clone()));
        lock (enlistment._parts)
        {
            if (enlistment._parts.Count == 0)
                transaction.EnlistVolatile(enlistment, EnlistmentOptions.None);
            enlistment._parts.Add((enqueuer, jobs));
        }

        return [.. jobs.Select(job => job.ToJob(job.Item.Queue.Connection, JobStatus.Created))];
    }

    public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.Prepared();

    // The database has committed. What cannot be enqueued now is work that is in the database and whose jobs are on no queue:
    // the one who completes the scope is told by the exception, after everything else was tried.
    public void Commit(Enlistment enlistment)
    {
        Close();
        var failures = new List<Exception>();
        foreach ((Enqueuer enqueuer, IReadOnlyList<NewJob> jobs) in _parts)
        {
            try
            {
                Task.Run(() => enqueuer.StoreInBitesAsync(jobs, CancellationToken.None)).GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                failures.Add(new RqException(
                    $"The transaction has committed, but of its jobs for queue '{jobs[0].Item.Queue.Name}' not all were enqueued ({string.Join(", ", jobs.Take(20).Select(job => job.Item.Id))}): {exception.Message} Enqueue them again.", exception));
            }
        }

        enlistment.Done();
        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    public void Rollback(Enlistment enlistment)
    {
        Close();
        enlistment.Done();
    }

    public void InDoubt(Enlistment enlistment)
    {
        Close();
        enlistment.Done();
    }

    private void Close()
    {
        s_open.TryRemove(_transaction, out _);
        _transaction.Dispose();
    }
}
