using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Workers;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// Takes jobs from queues and runs them in this process. It registers itself, so that every tool that knows RQ sees it; it
/// goes on by itself after the connection was lost; and it recovers the jobs of workers that died, ours and Python's.
/// </summary>
public sealed partial class Worker
{
    private readonly WorkerSetup _setup;
    private int _started;

    /// <summary>Makes a worker; it does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="queues">The queues it serves, the most important first: a later one gets its turn when the earlier ones are empty.</param>
    /// <param name="connection">Where they are.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    /// <exception cref="ArgumentException">No queue is named, a name cannot be (see <see cref="Queue(string, RqConnection, QueueOptions?)"/>), or an option.</exception>
    public Worker(IEnumerable<string> queues, RqConnection connection, WorkerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(queues);
        ArgumentNullException.ThrowIfNull(connection);
        string[] names = [.. queues.Distinct()];
        if (names.Length == 0 || Array.Exists(names, string.IsNullOrEmpty))
            throw new ArgumentException($"A worker needs at least one queue, and queue names are not empty. RQ's default is \"{Queue.DefaultName}\".", nameof(queues));
        Array.ForEach(names, name => StoredName.OfQueue(name));
        WorkerOptions frozen = (options ?? new WorkerOptions()).Freeze();
        StoredName.CheckWorker(frozen.Name ?? "");
        Name = frozen.Name ?? Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        if (frozen.Serializer is { } serializer)
            connection.Serializers.Add(serializer);
        ILogger log = frozen.LoggerFactory?.CreateLogger("rq.worker") ?? NullLogger.Instance;
        _setup = new WorkerSetup(connection, Name, names, frozen, log);
    }

    /// <summary>Makes a worker of queues, over their connection; it does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="queues">The queues it serves, the most important first: a later one gets its turn when the earlier ones are empty.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    /// <exception cref="ArgumentException">There is no queue, they are not all of one connection, or an option cannot be.</exception>
    public Worker(IEnumerable<Queue> queues, WorkerOptions? options = null)
        : this(Served(queues), options)
    {
    }

    private Worker((string[] Names, RqConnection Connection) served, WorkerOptions? options)
        : this(served.Names, served.Connection, options)
    {
    }

    /// <summary>The name that it registers under.</summary>
    public string Name { get; }

    /// <summary>When it last showed that it works.</summary>
    internal WorkerPulse Pulse => _setup.Pulse;

    /// <summary>Its queues, the most important first.</summary>
    public IReadOnlyList<string> Queues => _setup.Queues;

    private static (string[] Names, RqConnection Connection) Served(IEnumerable<Queue> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        Queue[] all = [.. queues];
        if (all.Length == 0)
            throw new ArgumentException("A worker needs at least one queue, whose connection it uses.", nameof(queues));
        Queue? stranger = Array.Find(all, queue => queue.Connection != all[0].Connection);
        return stranger is null
            ? (Array.ConvertAll(all, queue => queue.Name), all[0].Connection)
            : throw new ArgumentException(
                $"The queues '{all[0].Name}' and '{stranger.Name}' are of two connections. A worker serves one: make a worker for each connection.", nameof(queues));
    }

    /// <summary>Runs jobs until the token is signalled, or until the queues are empty if it is a burst worker.</summary>
    /// <param name="stoppingToken">
    /// Asks it to stop: it takes no more jobs, waits for those that run (<see cref="WorkerOptions.ShutdownGrace"/>), and leaves.
    /// </param>
    /// <param name="abortToken">
    /// Asks it to go now: the tokens of running jobs are signalled and the jobs given back to the heads of their queues.
    /// </param>
    /// <returns>How many executions it ran.</returns>
    /// <exception cref="WorkerNameTakenException">A living worker has the same name.</exception>
    /// <exception cref="RqException">The server does not let this user wait for jobs; the message names the command.</exception>
    /// <exception cref="InvalidOperationException">It was run before; a worker runs once.</exception>
    public async Task<long> RunAsync(CancellationToken stoppingToken = default, CancellationToken abortToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) == 1)
            throw new InvalidOperationException($"Worker '{Name}' has been run already. Make a new one for each run.");

        if (WorkHorse.Link is { } link)
            return await ServeAsync(link, stoppingToken).ConfigureAwait(false);
        var running = new RunningExecutions();
        await using var executors = new Executors(_setup);
        // A program that cannot be started as a work horse must not become a worker.
        await executors.OpenAsync(stoppingToken).ConfigureAwait(false);
        await Redis.ServerCapabilities.CheckWorkerAsync(_setup.Connection).ConfigureAwait(false);
        using PipelinedConnection calls = _setup.Link;
        using var maintenance = new Maintenance(_setup);
        using var registration = new Registration(_setup, maintenance);
        using var heartbeat = new Heartbeat(_setup, running, registration, maintenance);
        string address = heartbeat.Open();
        RedisResult memory = heartbeat.Ask("INFO", "memory");
        await registration.RegisterAsync(address, stoppingToken).ConfigureAwait(false);
        Log.WorkerStarted(_setup.Log, Name, Environment.ProcessId, Registration.Version);
        EvictionPolicy.Tell(_setup, memory);
        Log.Lifetimes(_setup.Log, Name, Redis.RqTime.Seconds(_setup.Options.ResultTtl), Redis.RqTime.DefaultFailureTtl);

        // What came before, up to the burial of one of the same name, took no lease and looked for no job.
        _setup.Pulse.Renewed(registration.AskedAt);
        _setup.Pulse.Passed();
        heartbeat.Start();
        Task housekeeping = Task.CompletedTask, scheduling = Task.CompletedTask;
        using var leaving = new CancellationTokenSource();
        try
        {
            await using var commands = new CommandListener(_setup, running);
            await commands.StartAsync().ConfigureAwait(false);
            Log.Listening(_setup.Log, string.Join(", ", Queues));
            housekeeping = maintenance.RunAsync();
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, commands.Shutdown);
            scheduling = await ScheduleAsync(stopping.Token, abortToken, leaving.Token).ConfigureAwait(false);
            // A server that stands still must not hold up a stop; until it is open the calls go another way.
            await calls.OpenAsync().WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await using var loop = new WorkerLoop(_setup, running, registration, executors);
            return await loop.RunAsync(stopping.Token, abortToken).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                // For the end of other things now.
                _setup.Pulse.WaitsForJobs = true;
                await leaving.CancelAsync().ConfigureAwait(false);
                await maintenance.StopAsync().ConfigureAwait(false);
                await Task.WhenAll(housekeeping, scheduling).ConfigureAwait(false);
                // It goes on beating meanwhile: others must not take the worker for dead because of a webhook.
                await Task.WhenAll(maintenance.CompleteAsync(abortToken), _setup.Webhooks.CompleteAsync(abortToken)).ConfigureAwait(false);
            }
            finally
            {
                // Whatever went wrong: what beats on looks alive to all others.
                heartbeat.Stop();
                await registration.UnregisterAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Starts the scheduler, if the worker has one: like RQ's it leaves as soon as the worker is asked to, while jobs still run.</summary>
    /// <returns>What ends with it.</returns>
    private async Task<Task> ScheduleAsync(CancellationToken stopping, CancellationToken abort, CancellationToken leaving)
    {
        if (!_setup.Options.WithScheduler)
            return Task.CompletedTask;
        var scheduler = new WorkerScheduler(_setup);
        if (!_setup.Options.Burst)
            return RunAsync();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        await scheduler.RunOnceAsync(either.Token).ConfigureAwait(false);
        return Task.CompletedTask;

        async Task RunAsync()
        {
            using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort, leaving);
            await scheduler.RunAsync(any.Token).ConfigureAwait(false);
        }
    }

    /// <summary>This process is a work horse: it runs what its worker gives it. Another worker of the program has nothing to do here.</summary>
    private async Task<long> ServeAsync(RQ.WorkHorses.HorseLink link, CancellationToken stoppingToken)
    {
        if (!link.TryServe(_setup.Options.GivenName, Queues, _setup.Connection.KeyPrefix))
        {
            await Task.WhenAny(link.Left, Task.Delay(Timeout.InfiniteTimeSpan, _setup.Time, stoppingToken)).ConfigureAwait(false);
            return 0;
        }

        using var loop = new RQ.WorkHorses.HorseLoop(link, _setup);
        return await loop.RunAsync(stoppingToken).ConfigureAwait(false);
    }
}
