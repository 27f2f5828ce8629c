using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>
/// Fills the options: from the configuration first, so that code goes before it, and with what the host provides where nothing was said.
/// </summary>
internal sealed class RqConfiguration(RqRegistrations registrations, IServiceProvider services) :
    IConfigureOptions<RqOptions>, IConfigureNamedOptions<RqWorkerOptions>, IConfigureNamedOptions<QueueOptions>,
    IPostConfigureOptions<RqWorkerOptions>, IPostConfigureOptions<QueueOptions>
{
    private const string AllQueues = "Queue", OneQueue = "Queues", AllWorkers = "Worker", OneWorker = "Workers", Cron = "Cron";

    private readonly IConfigurationSection _configuration = registrations.Section
        ?? services.GetService<IConfiguration>()?.GetSection(RqRegistrations.DefaultSection)
        ?? new ConfigurationBuilder().Build().GetSection(RqRegistrations.DefaultSection);

    public void Configure(RqOptions options) => SettingsReader.Read(_configuration, options, AllQueues, OneQueue, AllWorkers, OneWorker, Cron);

    /// <summary>Says which sections are for workers or queues that the host does not have: hosts may share a file, but a name may also be mistyped.</summary>
    public void TellUnused(ILogger log)
    {
        TellUnused(log, OneWorker, "worker", registrations.Workers);
        TellUnused(log, OneQueue, "queue", registrations.ServedQueues);
    }

    /// <summary>The cron schedules of the configuration.</summary>
    /// <param name="problems">Is told what cannot be.</param>
    public IReadOnlyList<CronSchedule> ReadCron(List<string> problems) =>
        [.. _configuration.GetSection(Cron).GetChildren().Select(section => CronSettings.Read(section, problems)).OfType<CronSchedule>()];

    public void Configure(RqWorkerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, RqWorkerOptions options)
    {
        Read(AllWorkers, OneWorker, name, options);
        registrations.AllWorkers.ForEach(configure => configure(options));
    }

    public void Configure(QueueOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, QueueOptions options) => Read(AllQueues, OneQueue, name, options);

    public void PostConfigure(string? name, RqWorkerOptions options)
    {
        if (options.Queues.Count == 0)
            options.Queues = [.. registrations.ServedQueues];
        options.Services ??= services;
        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        TimeSpan limit = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        TimeSpan wanted = options.ShutdownGrace;
        options.ShutdownGrace = ShutdownLimit.Shorten(wanted, limit);
        if (options.ShutdownGrace != wanted && options.LoggerFactory is { } loggers)
            Log.GraceIsShortened(loggers.CreateLogger(Log.Category), name ?? "", options.ShutdownGrace, wanted, limit);
    }

    // Jobs that their caller runs find the same services, filters and functions as those that a worker runs.
    public void PostConfigure(string? name, QueueOptions options)
    {
        if (!options.IsAsync)
            options.CallerOptions ??= services.GetRequiredService<IOptionsMonitor<RqWorkerOptions>>().Get(Options.DefaultName);
    }

    private void TellUnused(ILogger log, string all, string kind, IReadOnlyList<string> names)
    {
        foreach (IConfigurationSection section in _configuration.GetSection(all).GetChildren())
        {
            // A name with a colon in it is spread over several levels.
            if (!names.Any(name => $"{name}:".StartsWith($"{section.Key}:", StringComparison.OrdinalIgnoreCase)))
                Log.SectionIsNotUsed(log, section.Path, kind, names.Count > 0 ? string.Join(", ", names) : "none");
        }
    }

    private void Read<T>(string all, string one, string? name, T options)
        where T : class
    {
        SettingsReader.Read(_configuration.GetSection(all), options);
        if (!string.IsNullOrEmpty(name))
            SettingsReader.Read(_configuration.GetSection(one).GetSection(name), options);
    }
}
