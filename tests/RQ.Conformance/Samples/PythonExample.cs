namespace RQ.Conformance.Samples;

/// <summary>The examples of the guide to Python that the sample does not have; <see cref="PythonInteropTests"/> compares the two.</summary>
public static class PythonExample
{
    public static async Task<(Job ByName, Job Pickled)> ByNameAsync(RqConnection rq)
    {
        Job byName = await CallAsync(new Queue("default", rq));
        return (byName, await ChooseFormatAsync(rq));
    }

    private static async Task<Job> CallAsync(Queue queue)
    {
        Job job = await queue.EnqueueAsync(JobCall.To("forecasts.forecast", [new[] { 11, 12.5, 14 }], new Dictionary<string, object?> { ["days"] = 2 }));
        return job;
    }

    private static async Task<Job> ChooseFormatAsync(RqConnection rq)
    {
        var queue = new Queue("python", rq, new QueueOptions { Serializer = JobSerializer.Json });
        await queue.EnqueueAsync(JobCall.To("forecasts.receipt", "order-1"), new JobOptions { Serializer = JobSerializer.Pickle });
        return (await queue.GetJobsAsync())[0];
    }
}
