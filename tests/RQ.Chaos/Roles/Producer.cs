using System.Globalization;
using RQ.Chaos.Ledger;
using StackExchange.Redis;

namespace RQ.Chaos.Roles;

/// <summary>
/// Enqueues jobs of all kinds at a steady rate. Each attempt is written down before it is made, and its acknowledgement as soon as it is there.
/// </summary>
internal sealed class Producer(RqConnection rq, LedgerFile ledger, RoleOptions options)
{
    private const int MostAtOnce = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private static readonly (JobKind Kind, int Share)[] s_kinds =
    [
        (JobKind.Plain, 48), (JobKind.Many, 3), (JobKind.Named, 14), (JobKind.Scheduled, 8), (JobKind.Retried, 6), (JobKind.Delayed, 3),
        (JobKind.Doomed, 2), (JobKind.Parent, 4), (JobKind.Repeated, 1),
    ];

    private readonly Random _random = new(options.Seed);
    private readonly Dictionary<string, Queue> _queues = Queues.All.ToDictionary(name => name, name => new Queue(name, rq));
    private int _count;

    public async Task RunAsync(CancellationToken stop)
    {
        using var room = new SemaphoreSlim(MostAtOnce);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        double owed = 0;
        long last = Moment.Now;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                long now = Moment.Now;
                // After a stall it does not make up for all that it has missed.
                owed = Math.Min(owed + Moment.Seconds(now - last) * options.Rate, options.Rate);
                last = now;
                while (owed >= 1)
                {
                    await room.WaitAsync(stop);
                    int before = _count;
                    Task work = EnqueueAsync(Draw());
                    owed -= _count - before;
                    _ = work.ContinueWith(_ => room.Release(), TaskScheduler.Default);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is under way is still written down.
            for (int i = 0; i < MostAtOnce; i++)
                await room.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        }
    }

    private JobKind Draw()
    {
        int at = _random.Next(s_kinds.Sum(kind => kind.Share));
        return s_kinds.First(kind => (at -= kind.Share) < 0).Kind;
    }

    private Task EnqueueAsync(JobKind kind) => kind switch
    {
        JobKind.Many => ManyAsync(_random.Next(4, 12)),
        JobKind.Named => UntilAcknowledgedAsync(Next(kind, Queues.Any(_random)), null),
        JobKind.Parent => FamilyAsync(),
        JobKind.Scheduled => OnceAsync(Next(kind, Queues.Any(_random)), options => options with { DueIn = TimeSpan.FromSeconds(_random.Next(1, 6)) }),
        JobKind.Retried => OnceAsync(Next(kind, Queues.Any(_random), JobKinds.Retries - _random.Next(1, 3)), options => options),
        JobKind.Delayed => OnceAsync(
            Next(kind, Queues.Any(_random), JobKinds.Retries - 1), options => options with { Retry = new Retry(JobKinds.Retries, TimeSpan.FromSeconds(1), TimeSpan.Zero) }),
        JobKind.Doomed => OnceAsync(Next(kind, Queues.Any(_random), failsAbove: -1), options => options with { Retry = new Retry(JobKinds.DoomedRetries) }),
        // Python's workers run such a job once.
        JobKind.Repeated => OnceAsync(Next(kind, Queues.Ours(_random)), options => options with { Repeat = new Repeat(JobKinds.Repeats, TimeSpan.FromSeconds(1)) }),
        _ => OnceAsync(Next(kind, Queues.Any(_random)), options => options),
    };

    private Planned Next(JobKind kind, string queue, int failsAbove = ChaosJobs.NeverFails)
    {
        string token = string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{++_count}");
        ledger.Attempted(token, kind, queue);
        return new Planned(token, _queues[queue], JobCall.To(ChaosJobs.Work, token, _random.Next(0, 51), failsAbove));
    }

    private async Task OnceAsync(Planned job, Func<JobOptions, JobOptions> change)
    {
        try
        {
            ledger.Acknowledged(job.Token, (await job.Queue.EnqueueAsync(job.Call, change(Usual))).Id);
        }
        catch (Exception exception)
        {
            ledger.Unknown(job.Token, exception.GetType().Name);
        }
    }

    private async Task ManyAsync(int count)
    {
        string queue = Queues.Any(_random);
        Planned[] jobs = [.. Enumerable.Range(0, count).Select(_ => Next(JobKind.Many, queue))];
        IReadOnlyList<Job> accepted = [];
        try
        {
            accepted = await _queues[queue].EnqueueManyAsync([.. jobs.Select(job => new JobRequest(job.Call, Usual))]);
        }
        catch (EnqueueManyException exception)
        {
            accepted = exception.Accepted;
        }
        catch (Exception exception)
        {
            ledger.Unknown(jobs[0].Token, exception.GetType().Name);
        }

        // There may be a gap, so each says by itself which one it is.
        foreach (Job job in accepted)
            ledger.Acknowledged((string)job.Arguments[0]!, job.Id);
    }

    /// <summary>A parent, three that wait for it, and one that waits for those.</summary>
    private async Task FamilyAsync()
    {
        Planned parent = Next(JobKind.Parent, Queues.Ours(_random));
        // RQ's workers may lose a job that they have popped; on queues that they do not serve no parent is missing.
        Planned[] children = [.. Enumerable.Range(0, 3).Select(_ => Next(JobKind.Child, Queues.Ours(_random)))];
        Planned last = Next(JobKind.Child, Queues.Any(_random));
        if (!await UntilAcknowledgedAsync(parent, null))
            return;
        foreach (Planned child in children)
        {
            if (!await UntilAcknowledgedAsync(child, [parent.Token]))
                return;
        }

        await UntilAcknowledgedAsync(last, new Dependency([.. children.Select(child => new JobReference(child.Token))]));
    }

    /// <summary>What a producer does that must know: the token is the id, so that the same job sent again is refused as one that is there.</summary>
    private async Task<bool> UntilAcknowledgedAsync(Planned job, Dependency? dependsOn)
    {
        long from = Moment.Now;
        while (Moment.Now - from < Moment.Of(s_patience))
        {
            try
            {
                await job.Queue.EnqueueAsync(job.Call, Usual with { Id = job.Token, Unique = UniqueJob.WhileStored, DependsOn = dependsOn });
                ledger.Acknowledged(job.Token, job.Token);
                return true;
            }
            catch (DuplicateJobException)
            {
                ledger.Acknowledged(job.Token, job.Token);
                return true;
            }
            catch (Exception exception) when (exception is RedisException or RqException or TimeoutException or IOException)
            {
                ledger.Unknown(job.Token, exception.GetType().Name);
                await Task.Delay(200);
            }
        }

        return false;
    }

    private JobOptions Usual => new() { Retry = new Retry(JobKinds.Retries), ResultTtl = options.Kept };

    private sealed record Planned(string Token, Queue Queue, JobCall Call);
}
