using System.Threading.Channels;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>
/// Repairs what others left behind: jobs and claims of dead workers and dependents nobody finished releasing, at once; what Python
/// left, every half minute; expired entries of registries. Each step is idempotent, and none holds up another.
/// </summary>
internal sealed class Maintenance : IDisposable
{
    private readonly Channel<WorkerRecord.Renewal> _reports = Channel.CreateBounded<WorkerRecord.Renewal>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource _stop = new();
    private readonly WorkerSetup _setup;
    private readonly MaintenanceSteps _steps;
    private readonly Abandonment _abandonment;
    private readonly Cleaning _cleaning;
    private readonly ControlConnection _control;
    private int _releasingBefore;
    private Task _releasing = Task.CompletedTask;

    public Maintenance(WorkerSetup setup)
    {
        _setup = setup;
        _steps = new MaintenanceSteps(setup, _stop.Token);
        _abandonment = new Abandonment(setup, _stop.Token);
        _cleaning = new Cleaning(setup, _steps);
        _control = new ControlConnection(setup.Connection);
        Leftovers = new Leftovers(setup, _abandonment, _steps);
    }

    public Leftovers Leftovers { get; }

    private RqConnection Rq => _setup.Connection;

    /// <summary>What the last renewal of the lease found; called every two seconds.</summary>
    public void Report(WorkerRecord.Renewal renewal) => _reports.Writer.TryWrite(renewal);

    public async Task RunAsync()
    {
        await Task.WhenAll(
            RepairAsync(),
            _steps.RepeatAsync(_setup.Options.MaintenanceInterval, _cleaning.PassAsync),
            _steps.RepeatAsync(_setup.Options.MaintenanceInterval, _cleaning.SitePassAsync),
            _steps.RepeatAsync(_setup.Options.LeftoversInterval, Leftovers.PassAsync)).ConfigureAwait(false);
        await _releasing.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _control.Dispose();
        _stop.Dispose();
    }

    public async Task StopAsync() => await _stop.CancelAsync().ConfigureAwait(false);

    /// <summary>After <see cref="RunAsync"/> has ended: waits, within bounds, until everyone was told of the jobs that were recovered.</summary>
    public Task CompleteAsync(CancellationToken abort) => _abandonment.CompleteAsync(abort);

    /// <summary>
    /// Recovers everything a worker whose lease has run out left behind. If this process dies in the middle, the lease is
    /// still there and the next worker goes on.
    /// </summary>
    public async Task RecoverAsync(string worker)
    {
        if (await WorkerRecord.InspectAsync(Rq, worker).ConfigureAwait(false) is not { } remains)
            return;
        Log.WorkerFoundDead(_setup.Log, worker, remains.Executions.Length);
        // A server that has not noticed the death (a machine without power, a cut network) would go on claiming jobs for it.
        foreach (ConnectionNumber connection in remains.Waits)
            await _control.UnblockAsync(connection).ConfigureAwait(false);
        foreach (string member in remains.Executions)
        {
            int colon = member.LastIndexOf(':');
            Verdict verdict = Verdict.Lost;
            await _steps.AttemptAsync(async () =>
                verdict = await _abandonment.AbandonAsync(worker, member[..colon], member[(colon + 1)..]).ConfigureAwait(false)).ConfigureAwait(false);
            if (verdict == Verdict.Alive)
                return;
        }

        // Its claims are in lists that are named after its queues. When nobody knows those any more, it may have been any.
        IReadOnlyList<string> queues = remains.Queues.Length > 0
            ? remains.Queues
            : [.. (await Queue.AllAsync(Rq, _stop.Token).ConfigureAwait(false)).Select(queue => queue.Name)];
        await WorkerRecord.UnregisterAsync(Rq, worker, queues, incarnation: null).ConfigureAwait(false);
    }

    private async Task RepairAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await RepairAsync(await _reports.Reader.ReadAsync(_stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.MaintenanceFailed(_setup.Log, exception, _setup.Name);
            }
        }
    }

    private async Task RepairAsync(WorkerRecord.Renewal renewal)
    {
        foreach (string worker in renewal.Expired.Where(name => name != _setup.Name))
            await _steps.AttemptAsync(() => RecoverAsync(worker)).ConfigureAwait(false);

        // Whoever finished a job releases its dependents at once. What is still there at the next look has lost its worker.
        // Those may be very many, so they are released beside the next looks: the dead are not to wait for that.
        if (renewal.Releasing > 0 && _releasingBefore > 0 && _releasing.IsCompleted)
            _releasing = ReleaseAsync();
        _releasingBefore = renewal.Releasing;
    }

    private async Task ReleaseAsync()
    {
        try
        {
            foreach (string parent in await Release.PendingAsync(Rq).ConfigureAwait(false))
                await _steps.AttemptAsync(() => Release.CompleteAsync(Rq, parent, _stop.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The worker leaves; others go on with what is left.
        }
        catch (Exception exception)
        {
            Log.MaintenanceFailed(_setup.Log, exception, _setup.Name);
        }
    }
}
