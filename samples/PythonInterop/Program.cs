using System.Globalization;
using PythonInterop;
using RQ;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string url = args.ElementAtOrDefault(1) ?? "redis://localhost:6379/0";
await using var rq = await RqConnection.ConnectAsync(url);

switch (args.FirstOrDefault())
{
    case "work":
        await WorkAsync();
        break;
    case "produce":
        await ProduceAsync();
        break;
    default:
        Console.Error.WriteLine("Say what to do: work, or produce. Then, if it is not redis://localhost:6379/0, the address of Redis.");
        return 2;
}

return 0;

// Runs what Python and .NET put on the queue "dotnet".
async Task WorkAsync()
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = true;
        stop.Cancel();
    };

    // Callbacks that only Python knows go to Python's queue.
    var worker = new Worker(["dotnet"], rq, new WorkerOptions { CallbackQueue = "python" });
    Console.WriteLine("Working on the queue dotnet; Ctrl+C ends it");
    await worker.RunAsync(stop.Token);
}

// Calls Python as if it were C#.
async Task ProduceAsync()
{
    var python = new Queue("python", rq);
    var dotnet = new Queue("dotnet", rq);
    TimeSpan patience = TimeSpan.FromSeconds(60);

    double[] sold = [11, 12.5, 14];
    Job<Forecast> forecast = await python.EnqueueAsync((IForecasts forecasts) => forecasts.Forecast(sold, 2));
    Forecast expected = await forecast.WaitForResultAsync(patience);
    Console.WriteLine($"Python expects {expected.PerDay} a day from {expected.FromDay:yyyy-MM-dd}: {string.Join(", ", expected.Days)}");

    // A job in Python that waits for one in .NET, and reads its result.
    var basket = new Basket("Zoë", [new Line("tea", 2, 3.50m), new Line("cake", 1, 2.25m)]);
    Job<decimal> total = await dotnet.EnqueueAsync(() => Orders.Total(basket, 0));
    Job<string> receipt = await python.EnqueueAsync((IForecasts forecasts) => forecasts.Receipt(total.Id, null), new JobOptions { DependsOn = [total] });
    Console.WriteLine($".NET says {await total.WaitForResultAsync(patience)}, and Python writes: {await receipt.WaitForResultAsync(patience)}");

    // An exception in Python is an exception here.
    Job<Forecast> impossible = await python.EnqueueAsync((IForecasts forecasts) => forecasts.Forecast(new double[0], 2));
    try
    {
        await impossible.WaitForResultAsync(patience);
    }
    catch (JobFailedException exception)
    {
        Console.WriteLine(exception.ExceptionText!.TrimEnd().Split('\n')[^1]);
    }
}
