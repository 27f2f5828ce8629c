namespace RQ.Conformance.Samples;

/// <summary>The examples of the page on workers, line by line; <see cref="ReadmeTests"/> compares the two.</summary>
public static class WorkersExample
{
    public static List<string> Saved { get; } = [];

    [Job(Isolation = Isolation.WorkHorsePerJob)]
    public static int CountPages(string file) => File.ReadAllText(file).Count(each => each == '\f') + 1;

    public static async Task ImportAsync(string file, JobContext context)
    {
        await foreach (string line in File.ReadLinesAsync(file))
        {
            context.ShutdownToken.ThrowIfCancellationRequested();   // given back, and not failed
            await SaveAsync(line, context.CancellationToken);
        }
    }

    /// <summary>Only compiled: it would start the tests again as a work horse.</summary>
    public static async Task RunAsync(RqConnection rq, CancellationToken stoppingToken)
    {
        if (!WorkHorse.IsThisProcess)
            await MigrateAsync();
        await new Worker(["default"], rq, new WorkerOptions { Isolation = Isolation.WorkHorse }).RunAsync(stoppingToken);
    }

    public static async Task<bool> LookAsync(RqConnection rq)
    {
        foreach (WorkerInfo worker in await Worker.AllAsync(rq))
            Console.WriteLine($"{worker.Name} on {worker.HostName}: {worker.State}, {worker.SuccessfulJobCount} jobs done");
        bool listened = await Worker.SendShutdownAsync(rq, "reports-1");
        return listened;
    }

    private static Task SaveAsync(string line, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Saved.Add(line);
        return Task.CompletedTask;
    }

    private static Task MigrateAsync() => Task.CompletedTask;
}

public sealed class ShopWorker : IWorkerStartup
{
    public void Configure(WorkerOptions options) => options.ExceptionHandlers.Add(TellOperators);

    private static ValueTask<bool> TellOperators(JobExceptionContext failure) => ValueTask.FromResult(true);
}
