using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Diagnostics;
using RQ.Scheduling;

namespace RQ;

/// <summary>
/// Moves jobs onto their queues when they are due, and runs the cron schedules. Any number may run: one at a time does it for each queue, and
/// another goes on within 5 s when that one dies.
/// </summary>
public sealed class Scheduler
{
    /// <summary>A server that does not answer must not keep a program from stopping: then others go on when the locks have run out.</summary>
    private static readonly TimeSpan s_longestGoodbye = TimeSpan.FromSeconds(3);

    private readonly SchedulerOptions _options;
    private readonly SchedulerIdentity _identity;
    private readonly ServedQueues _served;
    private int _started;

    /// <summary>Makes a scheduler of some queues; it does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="queues">The queues whose scheduled jobs it moves; none for one that only runs cron schedules.</param>
    /// <param name="connection">Where they are.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    /// <exception cref="ArgumentException">A queue's name is empty, or there is no queue and it does not run cron schedules either.</exception>
    public Scheduler(IEnumerable<string> queues, RqConnection connection, SchedulerOptions? options = null)
        : this(connection, Told(queues, options), options)
    {
    }

    /// <summary>Makes a scheduler of all queues of its Redis database, also of those that come into being later.</summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    public Scheduler(RqConnection connection, SchedulerOptions? options = null)
        : this(connection, null, options)
    {
    }

    private Scheduler(RqConnection connection, string[]? told, SchedulerOptions? options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _options = (options ?? new SchedulerOptions()).Freeze();
        ILogger? log = _options.LoggerFactory?.CreateLogger("rq.scheduler");
        _identity = new SchedulerIdentity(
            connection, Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture), log is null ? NullLogger.Instance : new SafeLogger(log));
        _served = new ServedQueues(connection, told);
    }

    /// <summary>Its name, 32 random hex digits.</summary>
    public string Name => _identity.Name;

    private TimeProvider Time => _identity.Connection.TimeProvider;

    /// <summary>Works until the token is signalled. It goes on by itself after the connection was lost.</summary>
    /// <param name="stoppingToken">Asks it to stop; others can go on at once.</param>
    /// <exception cref="InvalidOperationException">It was run before; a scheduler runs once.</exception>
    public async Task RunAsync(CancellationToken stoppingToken = default)
    {
        BeginOnce();
        if (WorkHorse.Link is { } link)
        {
            // A program is started again as each of its work horses, which have nothing to schedule.
            await Task.WhenAny(link.Left, Task.Delay(Timeout.InfiniteTimeSpan, Time, stoppingToken)).ConfigureAwait(false);
            return;
        }

        ISchedulerDuty[] duties =
        [
            .. _served.AreAll || _served.Names.Count > 0 ? [new ScheduledQueues(_identity, _served)] : Array.Empty<ISchedulerDuty>(),
            .. _options.RunsCron ? [new CronDuty(_identity, _options.ConfigFile)] : Array.Empty<ISchedulerDuty>(),
        ];
        Log.SchedulerStarted(_identity.Log, Served, Environment.ProcessId);
        await using (var listener = new WakeListener(_identity))
        {
            DutyLoop[] loops = [.. duties.Select(duty => new DutyLoop(_identity, duty, listener.For(duty), new Random()))];
            // Not waited for: on a connection that is away it takes its time, and nothing depends on it.
            _ = listener.ListenAsync(stoppingToken);
            Task work = Task.WhenAll(loops.Select(loop => loop.RunAsync(stoppingToken)));
            await work.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Log.SchedulerStopping(_identity.Log, Served);
            await LeaveAsync(work, duties).ConfigureAwait(false);
        }

        Log.SchedulerStopped(_identity.Log, Environment.ProcessId);
    }

    /// <summary>Takes the rights that are free, moves once what is due, and leaves. For workers that do not stay.</summary>
    internal async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        BeginOnce();
        var duty = new ScheduledQueues(_identity, _served);
        try
        {
            while (!stoppingToken.IsCancellationRequested
                && await duty.PassAsync(stoppingToken).WaitAsync(stoppingToken).ConfigureAwait(false) == TimeSpan.Zero)
            {
                // A pass is one bite of each queue.
            }
        }
        catch (Exception exception)
        {
            if (!stoppingToken.IsCancellationRequested)
                Log.DutyFailed(_identity.Log, exception, Name, duty.What);
        }

        await LeaveAsync(Task.CompletedTask, [duty]).ConfigureAwait(false);
    }

    /// <summary>A scheduler by its name, ours or Python's. RQ's <c>RQScheduler.fetch</c>.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><c>null</c> when there is none.</returns>
    public static async Task<SchedulerInfo?> FindAsync(RqConnection connection, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return SchedulerInfo.Read(name, await connection.Primary.HashGetAllAsync(connection.Keys.Scheduler(name)).WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    private string Served => _served.AreAll ? "all queues" : _served.Names.Count == 0 ? "cron schedules" : _served.Text(", ");

    private void BeginOnce()
    {
        if (Interlocked.Exchange(ref _started, 1) == 1)
            throw new InvalidOperationException($"Scheduler '{Name}' has been run already. Make a new one for each run.");
    }

    private async Task LeaveAsync(Task work, ISchedulerDuty[] duties)
    {
        try
        {
            await ReleaseAsync(work, duties).WaitAsync(s_longestGoodbye, Time).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // That the server does not answer says it all.
            Log.LocksNotReleased(_identity.Log, exception is TimeoutException ? null : exception, Name);
        }
    }

    /// <summary>After the last pass, which would take what was released.</summary>
    private static async Task ReleaseAsync(Task work, ISchedulerDuty[] duties)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(duties.Select(duty => duty.ReleaseAsync())).ConfigureAwait(false);
    }

    private static string[] Told(IEnumerable<string> queues, SchedulerOptions? options)
    {
        ArgumentNullException.ThrowIfNull(queues);
        string[] names = [.. queues.Distinct()];
        if (Array.Exists(names, string.IsNullOrEmpty))
            throw new ArgumentException($"Queue names are not empty. RQ's default is \"{Queue.DefaultName}\".", nameof(queues));
        Array.ForEach(names, name => Redis.StoredName.OfQueue(name));
        return names.Length > 0 || (options ?? new SchedulerOptions()).RunsCron
            ? names
            : throw new ArgumentException("A scheduler without queues has nothing to do unless it runs cron schedules (SchedulerOptions.RunsCron).", nameof(queues));
    }
}
