using System.Globalization;
using System.Threading.Channels;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>
/// Repairs what others left behind: jobs and claims of dead workers, dependents nobody finished releasing, expired entries
/// of registries. Every worker does it; each step is idempotent, so it needs no leader.
/// </summary>
internal sealed class Maintenance(WorkerSetup setup) : IDisposable
{
    private const int CleaningLockSeconds = 899;

    private readonly Channel<WorkerRecord.Renewal> _reports = Channel.CreateBounded<WorkerRecord.Renewal>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource _stop = new();
    private readonly AbandonedNotices _notices = new(setup);
    private readonly ControlConnection _control = new(setup.Connection);
    private int _releasingBefore;

    private RqConnection Rq => setup.Connection;

    /// <summary>What the last renewal of the lease found; called every two seconds.</summary>
    public void Report(WorkerRecord.Renewal renewal) => _reports.Writer.TryWrite(renewal);

    public async Task RunAsync()
    {
        using var timer = new PeriodicTimer(setup.Options.MaintenanceInterval, setup.Time);
        Task<bool> clean = Task.FromResult(true);
        Task<WorkerRecord.Renewal> report = NextReport();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await Task.WhenAny(report, clean).ConfigureAwait(false) == report)
                {
                    WorkerRecord.Renewal renewal = await report.ConfigureAwait(false);
                    report = NextReport();
                    await RepairAsync(renewal).ConfigureAwait(false);
                }
                else
                {
                    clean = timer.WaitForNextTickAsync(_stop.Token).AsTask();
                    await CleanRegistriesAsync().ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.MaintenanceFailed(setup.Log, exception, setup.Name);
            }
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        _stop.Dispose();
    }

    public async Task StopAsync() => await _stop.CancelAsync().ConfigureAwait(false);

    /// <summary>After <see cref="RunAsync"/> has ended: waits, within bounds, until everyone was told of the jobs that were recovered.</summary>
    public Task CompleteAsync(CancellationToken abort) => _notices.CompleteAsync(abort);

    /// <summary>
    /// Recovers everything a worker whose lease has run out left behind. If this process dies in the middle, the lease is
    /// still there and the next worker goes on.
    /// </summary>
    public async Task RecoverAsync(string worker)
    {
        if (await WorkerRecord.InspectAsync(Rq, worker).ConfigureAwait(false) is not { } remains)
            return;
        Log.WorkerFoundDead(setup.Log, worker, remains.Executions.Length);
        // A server that has not noticed the death (a machine without power, a cut network) would go on claiming jobs for it.
        foreach (ConnectionNumber connection in remains.Waits)
            await _control.UnblockAsync(connection).ConfigureAwait(false);
        foreach (string member in remains.Executions)
        {
            int colon = member.LastIndexOf(':');
            Verdict verdict = Verdict.Lost;
            await AttemptAsync(async () => verdict = await AbandonAsync(worker, member[..colon], member[(colon + 1)..]).ConfigureAwait(false)).ConfigureAwait(false);
            if (verdict == Verdict.Alive)
                return;
        }

        await WorkerRecord.UnregisterAsync(Rq, worker, remains.Queues, incarnation: null).ConfigureAwait(false);
    }

    private Task<WorkerRecord.Renewal> NextReport() => _reports.Reader.ReadAsync(_stop.Token).AsTask();

    private async Task RepairAsync(WorkerRecord.Renewal renewal)
    {
        foreach (string worker in renewal.Expired.Where(name => name != setup.Name))
            await AttemptAsync(() => RecoverAsync(worker)).ConfigureAwait(false);

        // Whoever finished a job releases its dependents at once. What is still there at the next look has lost its worker.
        if (renewal.Releasing > 0 && _releasingBefore > 0)
        {
            foreach (string parent in await Release.PendingAsync(Rq).ConfigureAwait(false))
                await AttemptAsync(() => Release.CompleteAsync(Rq, parent, _stop.Token)).ConfigureAwait(false);
        }

        _releasingBefore = renewal.Releasing;
    }

    /// <summary>One job that cannot be recovered must not hold up the others. A server that is away holds up all.</summary>
    private async Task AttemptAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !ConnectionLoss.Is(exception))
        {
            Log.MaintenanceFailed(setup.Log, exception, setup.Name);
        }
    }

    private async Task<Verdict> AbandonAsync(string worker, string jobId, string executionId)
    {
        JobHash job = await ReadJobs.ExecuteAsync(Rq, jobId).ConfigureAwait(false);
        DateTimeOffset now = setup.Time.GetUtcNow();
        var execution = new Execution(executionId, job.Origin, worker, job, job.Time(JobFields.StartedAt) ?? now) { EndedAt = now };
        var abandoned = new AbandonedJobException(jobId, worker, now);
        Outcome outcome = RetryPolicy.AfterWorkerDeath(job, new Failure(abandoned.Message, abandoned));
        Verdict verdict = await SendAsync(execution, outcome).ConfigureAwait(false);
        if (verdict is not (Verdict.Applied or Verdict.Released or Verdict.Releasing))
            return verdict;
        Log.JobRecovered(setup.Log, jobId, worker, outcome is Outcome.Failed ? "failed" : "queued again");
        if (verdict == Verdict.Releasing)
            await Release.FollowUpAsync(Rq, jobId, _stop.Token).ConfigureAwait(false);
        // Told afterwards, because only one worker's recovery was applied. A job that is simply put back has not failed.
        if (outcome is not Outcome.GivenBack)
        {
            _notices.Tell(job, abandoned);
            setup.Webhooks.Send(execution, outcome);
        }

        return verdict;
    }

    /// <summary>
    /// Abandons it; when the answer was lost, once more. What is then done already was done by us when it ended at our time. If that
    /// cannot be told any more, because the job runs again or is gone, nobody is told of the failure.
    /// </summary>
    private async Task<Verdict> SendAsync(Execution execution, Outcome outcome)
    {
        try
        {
            return await Abandon.ExecuteAsync(Rq, execution, outcome).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            Verdict verdict = await Abandon.ExecuteAsync(Rq, execution, outcome).ConfigureAwait(false);
            if (verdict != Verdict.Already)
                return verdict;
            JobHash job = await ReadJobs.ExecuteAsync(Rq, execution.JobId).ConfigureAwait(false);
            return job.Text(JobFields.EndedAt) == RqTime.Timestamp(execution.EndedAt) ? Verdict.Applied : verdict;
        }
    }

    private async Task CleanRegistriesAsync()
    {
        foreach (string queue in setup.Queues)
        {
            // RQ's lock: Python workers hold it for up to 15 minutes, and then have done the work.
            RedisKey key = Rq.Keys.CleanRegistries(queue);
            if (!await Rq.Database.StringSetAsync(key, "1", TimeSpan.FromSeconds(CleaningLockSeconds), When.NotExists).ConfigureAwait(false))
                continue;
            try
            {
                Log.CleaningRegistries(setup.Log, setup.Name, queue);
                await Prune.ExecuteAsync(Rq, queue, _stop.Token).ConfigureAwait(false);
                await Sweep.ExpireDeferredAsync(Rq, queue, _stop.Token).ConfigureAwait(false);
                await Sweep.RegistryAsync(Rq, Rq.Keys.Canceled(queue), [JobStatus.Canceled], _stop.Token).ConfigureAwait(false);
            }
            finally
            {
                await Rq.Database.KeyDeleteAsync(key).ConfigureAwait(false);
            }
        }

        foreach (string limit in await Admit.LimitsAsync(Rq).ConfigureAwait(false))
            await AttemptAsync(() => Admit.ExecuteAsync(Rq, limit, dropStale: true)).ConfigureAwait(false);
        foreach (Group group in await Group.AllAsync(Rq, _stop.Token).ConfigureAwait(false))
            await AttemptAsync(() => group.CleanUpAsync(_stop.Token)).ConfigureAwait(false);
    }
}
