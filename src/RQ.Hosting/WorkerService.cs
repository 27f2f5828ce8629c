using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ;

/// <summary>
/// A worker that lives with the host: it begins when there is a connection, and stops within the host's limit. If it fails, the host
/// logs that and stops, as for every background service.
/// </summary>
internal sealed class WorkerService : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan s_lastMoment = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly RqConnectionSource _source;
    private readonly IOptionsMonitor<RqWorkerOptions> _options;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeSpan _hostLimit;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private volatile Worker? _worker;
    private volatile bool _hasEnded;

    public WorkerService(string name, IServiceProvider services)
    {
        _name = name;
        // Made first, so that the service provider disposes of it after this.
        _source = services.GetRequiredService<RqConnectionSource>();
        _options = services.GetRequiredService<IOptionsMonitor<RqWorkerOptions>>();
        _lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        _hostLimit = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        _log = services.GetRequiredService<ILoggerFactory>().CreateLogger(Log.Category);
    }

    public string Name => _name;

    /// <summary>Why it takes no jobs although nothing is wrong with it; <c>null</c> when it does.</summary>
    public string? Note() => _hasEnded ? "has ended by itself" : IsStarting ? "is starting" : null;

    private bool IsStarting => !_stop.IsCancellationRequested && _worker is { Pulse.HasHadLease: false };

    /// <summary>What is wrong with it; <c>null</c> for nothing.</summary>
    public string? Problem()
    {
        // First of all: by default the host stops because of it.
        if (ExecuteTask?.Exception is { } failure)
            return $"it has failed: {failure.InnerException!.Message}";
        if (ExecuteTask is null || _hasEnded || _stop.IsCancellationRequested)
            return null;
        if (_worker is not { } worker)
            return "it waits for Redis";
        WorkerPulse pulse = worker.Pulse;
        if (!pulse.HasHadLease)
            return pulse.SinceRenewal > _options.Get(_name).WorkHorses.StartTimeout ? $"it has been starting for {pulse.SinceRenewal.TotalSeconds:0} s" : null;
        if (pulse.SinceRenewal > WorkerRecord.LeaseTime)
            return $"it has lost its lease, which it renewed {pulse.SinceRenewal.TotalSeconds:0} s ago";
        return pulse.SincePass > WorkerPulse.LongestPass ? $"it has looked for no job for {pulse.SincePass.TotalSeconds:0} s" : null;
    }

    /// <summary>
    /// In a work horse (this program, started again by a worker of the host) the jobs run here, before the web server and the other services
    /// would start; the process ends when the worker no longer needs it.
    /// </summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (WorkHorse.Link is not { } link)
            return;
        RqWorkerOptions options = _options.Get(_name);
        RqConnection connection = await _source.GetAsync(cancellationToken).ConfigureAwait(false);
        var worker = new Worker(options.Queues, connection, options);
        if (!link.IsFor(options.GivenName, worker.Queues, connection.KeyPrefix))
            return;
        // Not by the token of the start, which has a limit that is not meant for jobs.
        await worker.RunAsync(_lifetime.ApplicationStopping, CancellationToken.None).ConfigureAwait(false);
        Environment.Exit(0);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All workers begin to stop at once, before the host waits for each service in turn: the limit is for all of them together.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        BeginStop();
        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginStop();
        await using CancellationTokenRegistration abort = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abort);
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        // The host gives up, but storing what is given back takes only a moment.
        if (ExecuteTask is { IsCompleted: false } running
            && await Task.WhenAny(running, Task.Delay(s_lastMoment, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false) != running)
        {
            Log.WorkerDidNotStop(_log, _name);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        base.Dispose();
        // A worker that still runs is not waited for any longer, but told.
        _abort.Cancel();
        _stop.Dispose();
        _abort.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _stop.Token);
        try
        {
            RqConnection connection = await _source.WaitAsync(stop.Token).ConfigureAwait(false);
            long count = await RunAsync(connection, _options.Get(_name), stop.Token).ConfigureAwait(false);
            if (!stop.IsCancellationRequested)
                End(count);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // There was no worker yet.
        }
    }

    /// <summary>Runs the worker. One that cannot start because the connection is lost is made anew until it can.</summary>
    private async Task<long> RunAsync(RqConnection connection, RqWorkerOptions options, CancellationToken stop)
    {
        var backoff = new Backoff();
        long? lostAt = null;
        while (true)
        {
            _worker = new Worker(options.Queues, connection, options);
            try
            {
                return await _worker.RunAsync(stop, _abort.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                if (lostAt is null)
                    Log.WorkerCannotStart(_log, exception, _name);
                lostAt = connection.TimeProvider.GetTimestamp();
            }
            catch (WorkerNameTakenException) when (lostAt is { } at && connection.TimeProvider.GetElapsedTime(at) < 2 * WorkerRecord.LeaseTime)
            {
                // By the attempt before, which could not say goodbye.
            }

            _worker = null;
            await Task.Delay(backoff.Next(), connection.TimeProvider, stop).ConfigureAwait(false);
        }
    }

    private void End(long count)
    {
        _hasEnded = true;
        Log.WorkerEnded(_log, _name, count);
        if (_options.Get(_name).StopHostWhenDone)
            _lifetime.StopApplication();
    }

    private void BeginStop()
    {
        if (_stop.IsCancellationRequested)
            return;
        _stop.Cancel();
        // Nothing, neither jobs nor webhooks, may take longer than what the host leaves.
        if (ShutdownLimit.Usable(_hostLimit) is var usable && usable != Timeout.InfiniteTimeSpan)
            _abort.CancelAfter(usable);
    }
}
