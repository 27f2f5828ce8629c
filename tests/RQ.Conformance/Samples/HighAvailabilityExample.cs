using Microsoft.Extensions.Logging;

namespace RQ.Conformance.Samples;

/// <summary>The examples of the page on high availability, line by line; the tests of that folder compare the two and run them.</summary>
public static class HighAvailabilityExample
{
    public static async Task<Job> ConfirmAsync(string address, string invoice, ILogger log)
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(address, new RqConnectionOptions
        {
            Durability = new EnqueueDurability { Replicas = 1, Timeout = TimeSpan.FromSeconds(1) },
        });
        var queue = new Queue("payments", rq);
        try
        {
            return await queue.EnqueueAsync(() => Payments.Collect(invoice), new JobOptions { Id = $"collect-{invoice}" });
        }
        catch (EnqueueNotConfirmedException exception)
        {
            // It is on the queue and will be run; only a loss of the primary right now would take it along.
            log.LogWarning(exception, "Not confirmed: {Jobs}", string.Join(", ", exception.JobIds));
            return await Job.FetchAsync(exception.JobIds[0], rq);
        }
    }

    public static async Task ServeAsync(string cluster, JobFunctions functions, CancellationToken stoppingToken)
    {
        string[] shops = ["{berlin}:", "{lisbon}:", "{oslo}:"];
        await Task.WhenAll(shops.Select(ServeShopAsync));

        async Task ServeShopAsync(string prefix)
        {
            await using RqConnection rq = await RqConnection.ConnectAsync(cluster, new RqConnectionOptions { KeyPrefix = prefix }, stoppingToken);
            await new Worker(["high", "default"], rq, new WorkerOptions { Functions = functions, WithScheduler = true }).RunAsync(stoppingToken);
        }
    }
}

public static class Payments
{
    public static string Collect(string invoice) => $"{invoice} is paid";
}
