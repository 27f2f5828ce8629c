using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RQ.Redis;

namespace RQ;

/// <summary>A scheduler that lives with the host. It begins when there is a connection.</summary>
internal sealed class SchedulerService(string[] queues, IServiceProvider services) : BackgroundService
{
    // Made first, so that the service provider disposes of it after this.
    private readonly RqConnectionSource _source = services.GetRequiredService<RqConnectionSource>();
    private readonly ILoggerFactory _loggers = services.GetRequiredService<ILoggerFactory>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            RqConnection connection = await _source.WaitAsync(stoppingToken).ConfigureAwait(false);
            await RunAsync(connection, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It had not begun yet.
        }
    }

    /// <summary>One that cannot start because the connection is lost is made anew; one that has started waits by itself.</summary>
    private async Task RunAsync(RqConnection connection, CancellationToken stop)
    {
        var backoff = new Backoff();
        var options = new SchedulerOptions { LoggerFactory = _loggers };
        while (true)
        {
            try
            {
                Scheduler scheduler = queues.Length == 0 ? new Scheduler(connection, options) : new Scheduler(queues, connection, options);
                await scheduler.RunAsync(stop).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                Log.SchedulerCannotStart(_loggers.CreateLogger(Log.Category), exception);
            }

            await Task.Delay(backoff.Next(), connection.TimeProvider, stop).ConfigureAwait(false);
        }
    }
}
