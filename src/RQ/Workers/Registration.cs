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
    /// <summary>After so many attempts to recover what a dead run has left, and the time of a lease, it is given up.</summary>
    private const int MostRecoveries = 3;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>A living holder has renewed its lease twice by then, if the server serves it.</summary>
    private static readonly TimeSpan s_calm = 2 * WorkerRecord.RenewEvery + s_look;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly DateTimeOffset _birth = setup.Time.GetUtcNow();
    private string _address = "unknown";
    private int _births;
    private int _recoveries;
    private bool _isClosed;

    /// <summary>When the last attempt to register was sent.</summary>
    public long AskedAt { get; private set; }

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
        var calm = new Calm(setup.Time);
        bool isTold = false;
        while (true)
        {
            // Looked at before the attempt: a burial that did not come to its end moves a lease too, but never into the future.
            double? lease = await WorkerRecord.LeaseAsync(setup.Connection, setup.Name).ConfigureAwait(false);
            WorkerRecord.Birth birth = await TryRegisterAsync(calm, cancellationToken).ConfigureAwait(false);
            if (birth == WorkerRecord.Birth.Ok)
                return;
            // Python's workers have none: their record counts as long as it is there.
            if (birth == WorkerRecord.Birth.Taken && (lease is null || (watched is not null && lease > watched)))
                await RefuseAsync().ConfigureAwait(false);
            // A living one has renewed its lease by now.
            if (!isTold && calm.IsOver)
            {
                Log.WatchingName(setup.Log, setup.Name, (int)WorkerRecord.LeaseTime.TotalSeconds);
                isTold = true;
            }

            // It moves back when the server's clock was.
            if (watched is null || lease < watched)
                watched = lease;
            await Task.Delay(s_look, setup.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries once; when a dead run of the name has left something, recovers that as soon as the name was watched for long enough.</summary>
    private async Task<WorkerRecord.Birth> TryRegisterAsync(Calm calm, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        AskedAt = setup.Time.GetTimestamp();
        WorkerRecord.Birth birth = await WorkerRecord.RegisterAsync(
            setup.Connection, setup.Name, setup.Incarnation, setup.Queues, Record(), setup.Options.WorkerTtl).ConfigureAwait(false);
        if (birth == WorkerRecord.Birth.Ok)
        {
            Interlocked.Increment(ref _births);
            return birth;
        }

        calm.Saw();
        if (birth != WorkerRecord.Birth.Unburied || !calm.IsOver)
            return birth;
        if (calm.Elapsed > s_calm + WorkerRecord.LeaseTime && _recoveries > MostRecoveries)
            throw new RqException($"The worker '{setup.Name}' cannot start: one of that name has died, and jobs that it ran cannot be recovered (the log says why). Choose another name.");
        _recoveries++;
        await maintenance.RecoverAsync(setup.Name).ConfigureAwait(false);
        return birth;
    }

    /// <summary>Throws, unless whoever had the name has left meanwhile.</summary>
    private async Task RefuseAsync()
    {
        // One more look: without a lease it may have left between the two.
        double? lease = await WorkerRecord.LeaseAsync(setup.Connection, setup.Name).ConfigureAwait(false);
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
            var calm = new Calm(setup.Time);
            WorkerRecord.Birth birth;
            while ((birth = await TryRegisterAsync(calm, CancellationToken.None).ConfigureAwait(false)) == WorkerRecord.Birth.Unburied)
                await Task.Delay(s_look, setup.Time).ConfigureAwait(false);
            if (birth == WorkerRecord.Birth.Taken)
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

    /// <summary>For how long the name has been watched on a server that answers. After a stall the holder needs its time to renew its lease.</summary>
    private sealed class Calm(TimeProvider time)
    {
        private long _since = time.GetTimestamp();
        private long _last = time.GetTimestamp();

        public TimeSpan Elapsed => time.GetElapsedTime(_since);

        public bool IsOver => Elapsed > s_calm;

        /// <summary>The server has answered.</summary>
        public void Saw()
        {
            long now = time.GetTimestamp();
            if (time.GetElapsedTime(_last, now) > WorkerRecord.RenewEvery)
                _since = now;
            _last = now;
        }
    }
}
