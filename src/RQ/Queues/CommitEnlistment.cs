using System.Transactions;

namespace RQ.Queues;

/// <summary>Jobs that go to their queue when the transaction that their caller is in commits.</summary>
internal sealed class CommitEnlistment : IEnlistmentNotification
{
    private readonly Enqueuer _enqueuer;
    private readonly IReadOnlyList<NewJob> _jobs;

    private CommitEnlistment(Enqueuer enqueuer, IReadOnlyList<NewJob> jobs)
    {
        _enqueuer = enqueuer;
        _jobs = jobs;
    }

    public static bool IsWanted(QueueOptions options) => options.EnqueueOnCommit && Transaction.Current is not null;

    /// <returns>The jobs, which are nowhere yet; <c>null</c> when there is no transaction to wait for.</returns>
    public static IReadOnlyList<Job>? TryEnlist(Enqueuer enqueuer, QueueOptions options, IReadOnlyList<NewJob> jobs)
    {
        if (!IsWanted(options))
            return null;
        Transaction.Current!.EnlistVolatile(new CommitEnlistment(enqueuer, jobs), EnlistmentOptions.None);
        return [.. jobs.Select(job => new Job(job.Item.Queue.Connection, job.ToHash(JobStatus.Created)))];
    }

    public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.Prepared();

    // The database has committed. If this fails the work is in the database and its jobs are not queued: then the one who
    // completes the scope is told by the exception.
    public void Commit(Enlistment enlistment)
    {
        Task.Run(() => _enqueuer.StoreAsync(_jobs, CancellationToken.None)).GetAwaiter().GetResult();
        enlistment.Done();
    }

    public void Rollback(Enlistment enlistment) => enlistment.Done();

    public void InDoubt(Enlistment enlistment) => enlistment.Done();
}
