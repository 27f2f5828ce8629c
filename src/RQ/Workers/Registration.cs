using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>The worker's entry among the workers: birth, again after it was lost, and death.</summary>
internal sealed class Registration(WorkerSetup setup, Maintenance maintenance) : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly DateTimeOffset _birth = setup.Time.GetUtcNow();
    private string _address = "unknown";
    private int _births;
    private bool _isClosed;

    /// <summary>How often the worker has registered.</summary>
    public int Births => Volatile.Read(ref _births);

    public static string Version { get; } =
        typeof(Registration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>
    /// Registers. When the name is held, the holder may have been killed a moment ago: its lease is watched. If it moves, the holder
    /// lives; if it runs out, the holder is buried and the name is ours.
    /// </summary>
    /// <param name="address">The worker's end of its connection, as <c>CLIENT LIST</c> shows it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WorkerNameTakenException">A living worker has the name.</exception>
    public async Task RegisterAsync(string address, CancellationToken cancellationToken)
    {
        _address = address;
        double? watched = null;
        long since = setup.Time.GetTimestamp();
        bool isTold = false;
        while (!await TryRegisterAsync(cancellationToken).ConfigureAwait(false))
        {
            double? lease = await WorkerRecord.LeaseAsync(setup.Connection, setup.Name).ConfigureAwait(false);
            // Python's workers have none: their record counts as long as it is there.
            if (lease is null || (watched is not null && lease != watched))
                await RefuseAsync(lease).ConfigureAwait(false);
            // A living one has renewed its lease by now.
            if (!isTold && setup.Time.GetElapsedTime(since) > 2 * WorkerRecord.RenewEvery)
            {
                Log.WatchingName(setup.Log, setup.Name, (int)WorkerRecord.LeaseTime.TotalSeconds);
                isTold = true;
            }

            watched = lease;
            await Task.Delay(s_look, setup.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Whether it is registered; if not, somebody else has the name.</returns>
    private async Task<bool> TryRegisterAsync(CancellationToken cancellationToken)
    {
        long began = setup.Time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (await WorkerRecord.RegisterAsync(
                setup.Connection, setup.Name, setup.Incarnation, setup.Queues, Record(), setup.Options.WorkerTtl).ConfigureAwait(false))
            {
                case WorkerRecord.Birth.Ok:
                    Interlocked.Increment(ref _births);
                    return true;
                case WorkerRecord.Birth.Taken:
                    return false;
                case WorkerRecord.Birth.Unburied when setup.Time.GetElapsedTime(began) > WorkerRecord.LeaseTime:
                    throw new RqException($"The worker '{setup.Name}' cannot start: one of that name has died, and jobs that it ran cannot be recovered (the log says why). Choose another name.");
                default:
                    await maintenance.RecoverAsync(setup.Name).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Throws, unless whoever had the name has left meanwhile.</summary>
    private async Task RefuseAsync(double? lease)
    {
        WorkerInfo? holder = await ReadWorkers.OneAsync(setup.Connection, setup.Name).ConfigureAwait(false);
        if (lease is not null || holder is { Death: null })
            throw new WorkerNameTakenException(setup.Name, holder);
    }

    /// <summary>Renews the lease; registers again when it is gone: others took the worker for dead, or Redis was emptied.</summary>
    /// <exception cref="WorkerNameTakenException">Another worker has taken the name meanwhile.</exception>
    public async Task RenewAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            RedisResult answer = await setup.Connection.ExecuteAsync(WorkerRecord.RenewCall(setup.Connection, setup.Name, setup.Incarnation)).ConfigureAwait(false);
            if (WorkerRecord.ReadRenewal(answer).IsHeld || _isClosed)
                return;
            if (!await TryRegisterAsync(CancellationToken.None).ConfigureAwait(false))
                throw new WorkerNameTakenException(setup.Name, await ReadWorkers.OneAsync(setup.Connection, setup.Name).ConfigureAwait(false));
            Log.RegisteredAgain(setup.Log, setup.Name);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The same for the heartbeat, which can do nothing about a failure: it tries again with the next beat.</summary>
    public async Task RestoreAsync()
    {
        try
        {
            await RenewAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.HeartbeatFailed(setup.Log, exception, setup.Name);
        }
    }

    /// <summary>Leaves. Nothing registers the worker again afterwards.</summary>
    public async Task UnregisterAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _isClosed = true;
            await WorkerRecord.UnregisterAsync(setup.Connection, setup.Name, setup.Queues, setup.Incarnation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.LeftWithoutGoodbye(setup.Log, exception, setup.Name);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The fields of <c>rq:worker:{name}</c>. <c>python_version</c> is what RQ's readers show as the runtime.</summary>
    private List<RedisValue> Record() =>
    [
        "birth", RqTime.Timestamp(_birth),
        "last_heartbeat", RqTime.Timestamp(setup.Time.GetUtcNow()),
        "queues", string.Join(',', setup.Queues),
        "pid", Environment.ProcessId,
        "hostname", Dns.GetHostName(),
        "ip_address", _address,
        "version", Version,
        "python_version", RuntimeInformation.FrameworkDescription,
        "state", "idle",
    ];
}
