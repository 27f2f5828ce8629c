using Quickstart;
using RQ;

using Timer limit = EndAfter(TimeSpan.FromSeconds(120));
using var documents = new DocumentServer();

// A server inside this process, so there is nothing to install. For Redis: "redis://localhost:6379/0".
await using var rq = await RqConnection.ConnectAsync("embedded:");
var queue = new Queue("low", rq);

// Put calls of ordinary methods on the queue. They do not run here.
var counts = new Dictionary<string, Job<int>>();
foreach (string name in new[] { "LICENSE", "Program.cs", "Words.cs", "DocumentServer.cs" })
{
    string url = documents.UrlOf(name);
    counts[name] = await queue.EnqueueAsync(() => Words.CountAtUrl(url));
}

// This one waits until the others have finished, and reads their results.
Job<int> total = await queue.EnqueueAsync(() => Words.Total(), new JobOptions { DependsOn = [.. counts.Values] });

// And this one will fail.
string wrongUrl = documents.UrlOf("missing.txt");
Job<int> missing = await queue.EnqueueAsync(() => Words.CountAtUrl(wrongUrl));

Console.WriteLine("On the queue, no worker yet:");
await ShowJobsAsync();

// A worker, in this process too. It may call the public methods of this assembly, and nothing else.
var functions = new JobFunctions().AddAssembly(typeof(Words).Assembly);
var worker = new Worker(["high", "default", "low"], rq, new WorkerOptions { Concurrency = 4, Functions = functions });
using var stop = new CancellationTokenSource();
Task working = worker.RunAsync(stop.Token);

int words = await total.WaitForResultAsync(timeout: TimeSpan.FromSeconds(60));
string? failure = null;
try
{
    await missing.WaitForResultAsync(timeout: TimeSpan.FromSeconds(60));
}
catch (JobFailedException exception)
{
    failure = exception.ExceptionText;
}

Console.WriteLine($"A worker counted {words} words:");
await ShowJobsAsync();
Console.WriteLine("Why missing.txt failed:");
Console.WriteLine(string.Join('\n', failure!.Split('\n').Take(4)));

await stop.CancelAsync();
await working;

async Task ShowJobsAsync()
{
    foreach ((string name, Job<int> job) in counts.Append(new("total", total)).Append(new("missing.txt", missing)))
    {
        JobResult<int>? result = await job.GetLatestResultAsync();
        Console.WriteLine($"  {name,-18} {job.Status,-9} Result: {result?.ReturnValue ?? "null"}");
    }

    Console.WriteLine();
}

static Timer EndAfter(TimeSpan time) => new(_ =>
{
    Console.Error.WriteLine($"The sample is not done after {time.TotalSeconds} s; it should take two or three. It gives up.");
    Environment.Exit(1);
}, null, time, Timeout.InfiniteTimeSpan);
