using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RQ;
using RQ.TestSupport;
using Shop;

// A program that is a worker with everything set that its work horses must have too: it is also started as each of them.
string url = Environment.GetEnvironmentVariable("SHOP_URL")!;
string? certificate = Environment.GetEnvironmentVariable("SHOP_CERTIFICATE");
await using RqConnection rq = await RqConnection.ConnectAsync(url, new RqConnectionOptions
{
    KeyPrefix = "shop:",
    Serializer = new PlainTextSerializer(),
    CertificateValidation = certificate is null
        ? null
        : (_, shown, _, _) => shown!.GetCertHashString() == X509CertificateLoader.LoadCertificateFromFile(certificate).GetCertHashString(),
});
using ILoggerFactory log = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole());
await using ServiceProvider services = new ServiceCollection().AddSingleton(new Catalog("corner shop")).BuildServiceProvider();
if (!WorkHorse.IsThisProcess && args is [var count])
{
    for (int i = 0; i < int.Parse(count, CultureInfo.InvariantCulture); i++)
        await new Queue("orders", rq).EnqueueAsync((Orders orders) => orders.Describe("a", null!), new JobOptions { Id = $"order-{i}" });
}

var worker = new Worker(["orders"], rq, new WorkerOptions
{
    Isolation = Isolation.WorkHorse,
    Concurrency = 2,
    Burst = true,
    Services = services,
    Functions = new JobFunctions().AddAssemblyOf<Orders>(),
    LoggerFactory = log,
});
long ran = await worker.RunAsync();
if (!WorkHorse.IsThisProcess)
{
    Console.WriteLine($"ran {ran} in {Environment.ProcessId}");
    Console.WriteLine((await (await Job.FetchAsync("order-0", rq)).GetLatestResultAsync())!.ReturnValue);
}

namespace Shop
{
    /// <summary>A service.</summary>
    public sealed record Catalog(string Name);

    /// <summary>A class with jobs, made with services.</summary>
    public sealed class Orders(Catalog catalog)
    {
        /// <summary>Says what is set where it runs, and that the server can be reached from there.</summary>
        public async Task<string> Describe(string name, JobContext context)
        {
            RqConnection connection = context.Job.Connection;
            Job stored = await Job.FetchAsync(context.Job.Id, connection);
            return $"{name} of {catalog.Name} as {connection.KeyPrefix} in {connection.Serializer.Name}, {stored.Status}, elsewhere: {WorkHorse.IsThisProcess}";
        }
    }
}
