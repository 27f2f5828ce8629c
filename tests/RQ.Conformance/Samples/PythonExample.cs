using System.Collections.Concurrent;

namespace RQ.Conformance.Samples;

/// <summary>The examples of the guide to Python that the sample does not have; <see cref="PythonInteropTests"/> compares the two.</summary>
public static class PythonExample
{
    public static async Task<Job> ByNameAsync(Queue queue)
    {
        Job job = await queue.EnqueueAsync(JobCall.To("forecasts.forecast", [new[] { 11, 12.5, 14 }], new Dictionary<string, object?> { ["days"] = 2 }));
        return job;
    }

    public static async Task ChooseFormatAsync(RqConnection rq)
    {
        var queue = new Queue("python", rq, new QueueOptions { Serializer = JobSerializer.Json });
        await queue.EnqueueAsync(JobCall.To("forecasts.receipt", "order-1"), new JobOptions { Serializer = JobSerializer.Pickle });
    }

    public static async Task<(Job<int> Count, Job<string> Text, Job<double> Total, Job<string> Page)> WithStubsAsync(RqConnection rq)
    {
        var queue = new Queue("python", rq);
        var values = new Dictionary<string, object?> { ["name"] = "Zoë" };
        return (
            await queue.EnqueueAsync((ITexts texts) => texts.CountWords("to be or not to be")),
            await rq.EnqueueAsync((ITexts texts) => texts.TranslateAsync("hello", "de", null)),
            await queue.EnqueueAsync((ITexts texts) => texts.Total(1.5, 2, 3)),
            await queue.EnqueueAsync((ITexts texts) => texts.Render("Dear {name}", values)));
    }

    public static async Task WithCallbacksAsync(Queue queue, string text)
    {
        await queue.EnqueueAsync((ITexts texts) => texts.CountWords(text), new JobOptions
        {
            OnSuccess = Callback.To(Told.Counted),
            OnFailure = Callback.To(Told.Failed).AsJob("dotnet"),
        });
    }
}

[PythonModule("texts")]
public interface ITexts
{
    int CountWords(string text);

    [PythonFunction("translate_text"), Job(Queue = "python", TimeoutSeconds = 600)]
    Task<string> TranslateAsync(string text, [PythonKeyword] string language, [PythonKeyword(OmitNull = true)] string? tone);

    [PythonFunction("numbers_.total")]
    double Total(params double[] numbers);

    string Render(string template, [PythonKwargs] IReadOnlyDictionary<string, object?> values);
}

public static class Told
{
    [Job(Queue = "dotnet")]
    public static void Counted(Job job, int words) => All.Enqueue($"{job.Function}: {words}");

    public static void Failed(Job job, JobFailedException exception) => All.Enqueue($"{job.Function}: {exception.Status}");

    public static ConcurrentQueue<string> All { get; } = new();
}
