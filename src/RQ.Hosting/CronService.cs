using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RQ.Redis;
using RQ.Scheduling;
using RQ.Serialization;

namespace RQ;

/// <summary>
/// Stores the host's cron schedules when it starts; if the server is not there then, as soon as it is. Who runs them is another matter: any scheduler.
/// </summary>
internal sealed class CronService(
    RqConnectionSource source, RqRegistrations registrations, RqConfiguration configuration, IOptions<RqOptions> options, IHostEnvironment environment, ILoggerFactory loggers)
    : BackgroundService
{
    private readonly ILogger _log = loggers.CreateLogger(Log.Category);
    private CronSchedule[] _table = [];

    private string Source => string.IsNullOrWhiteSpace(options.Value.CronSource) ? $"host:{environment.ApplicationName}" : options.Value.CronSource;

    /// <exception cref="OptionsValidationException">A schedule cannot be: the host does not start.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _table = ReadTable();
        // A program that neither adds schedules nor works leaves alone what another one of its name may have added.
        if (_table.Length == 0 && registrations.Workers.Count == 0 && !registrations.HasScheduler)
            return;
        try
        {
            if (source.Current is not { } connection || !await TryStoreAsync(connection, cancellationToken).ConfigureAwait(false))
                await base.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw Refusal([$"{Text(exception)} Change it where AddCron is called, or in '{registrations.Key("Cron")}'."]);
        }
        catch (Exception exception) when (_table.Length == 0 && !cancellationToken.IsCancellationRequested)
        {
            // It has none: there is nothing that it would lack.
            Log.CronNotStored(_log, exception, Source);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            RqConnection connection = await source.WaitAsync(stoppingToken).ConfigureAwait(false);
            var backoff = new Backoff();
            while (!await TryStoreAsync(connection, stoppingToken).ConfigureAwait(false))
                await Task.Delay(backoff.Next(), connection.TimeProvider, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops before the server has come.
        }
        catch (Exception exception)
        {
            // A host that runs goes on running.
            Log.CronNotStored(_log, exception, Source);
        }
    }

    /// <returns>Whether the server was there.</returns>
    private async Task<bool> TryStoreAsync(RqConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Cron.ReplaceAsync(Source, _table, cancellationToken).ConfigureAwait(false);
            if (_table.Length > 0)
                Log.CronStored(_log, _table.Length, Source);
            return true;
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            Log.CronCannotBeStored(_log, exception, Source);
            return false;
        }
    }

    private CronSchedule[] ReadTable()
    {
        var problems = new List<string>();
        // Of a connection that the application makes nothing is known before it is there.
        bool isKnown = source.Current is not null || !registrations.HasConnection;
        JobSerializer? serializer = isKnown ? source.Current?.Serializer ?? options.Value.Serializer : null;
        long maxJobSize = source.Current?.MaxJobSize ?? options.Value.MaxJobSize;
        CronSchedule[] table = [.. registrations.Schedules, .. configuration.ReadCron(problems)];
        foreach (CronSchedule schedule in table)
        {
            try
            {
                CronDefinition.Check(schedule, serializer, maxJobSize);
            }
            catch (ArgumentException exception)
            {
                problems.Add($"{Text(exception)} Change it where AddCron is called, or in '{registrations.Key("Cron", schedule.Name)}'.");
            }
        }

        foreach (string twice in table.GroupBy(schedule => schedule.Name).Where(group => group.Count() > 1).Select(group => group.Key))
            problems.Add($"The cron schedule '{twice}' is added in code and in '{registrations.Key("Cron", twice)}'. Give one of them another name.");
        return problems.Count == 0 ? table : throw Refusal(problems);
    }

    private static string Text(ArgumentException exception) =>
        exception.ParamName is null ? exception.Message : exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);

    private static OptionsValidationException Refusal(IEnumerable<string> problems) => new("AddCron", typeof(CronSchedule), problems);
}
