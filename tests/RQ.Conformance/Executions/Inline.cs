using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;

namespace RQ.Conformance.Executions;

/// <summary>Runs jobs in the test itself, and shows how they end.</summary>
internal static class Inline
{
    public static async Task<Outcome> RunAsync(TestWorld world, Job job, Action<WorkerOptions>? configure = null) =>
        await InlineExecution.RunAsync(world.Rq, Options(world, configure), new RunningExecution(await TakeAsync(world, job))).WaitAsync(Eventually.Limit);

    public static WorkerOptions Options(TestWorld world, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { Functions = world.Functions };
        configure?.Invoke(options);
        return options;
    }

    public static async Task<Execution> TakeAsync(TestWorld world, Job job)
    {
        JobHash hash = await ReadJobs.ExecuteAsync(world.Rq, job.Id);
        return new Execution(ExecutionIds.New(1)[0], "default", InlineExecution.WorkerName, hash, DateTimeOffset.UtcNow);
    }
}
