using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace RQ.Hosting.Tests;

/// <summary>Hosts for tests, which log into the test's collector.</summary>
internal static class HostedWorld
{
    /// <summary>A host over a world's server and keys.</summary>
    public static IHost Build(TestWorld world, Action<RqBuilder> add, params (string Key, string Value)[] settings) =>
        Build(world.LogCollector, services =>
        {
            RqBuilder rq = world.Backend == Backend.Redis
                ? services.AddRq(world.Url)
                : services.AddRq().UseConnection((_, end) => RqConnection.ConnectAsync(
                    world.Rq.Multiplexer, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix }, end));
            add(rq.AddFunctions(functions => functions.AddAssemblyOf<TestWorld>().AddAssemblyOf<CountingJob>()));
        }, settings);

    /// <summary>A host of which nothing is said yet but where it logs.</summary>
    public static IHost Build(FakeLogCollector log, Action<IServiceCollection> add, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection();
        foreach ((string key, string value) in settings)
            builder.Configuration[key] = value;
        builder.Logging.AddProvider(new FakeLoggerProvider(log)).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddHealthChecks().AddRq();
        add(builder.Services);
        return builder.Build();
    }

    public static async Task<HealthReportEntry> HealthAsync(this IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WaitAsync(Eventually.Limit)).Entries["rq"];

    public static Task BecomesAsync(this IHost host, HealthStatus status) =>
        Eventually.BecomesAsync(async () => (await host.HealthAsync()).Status == status, $"the host is {status}");

    public static int Count(this FakeLogCollector log, int id) => log.GetSnapshot().Count(record => record.Id.Id == id);
}
