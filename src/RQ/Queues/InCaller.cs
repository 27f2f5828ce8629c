namespace RQ.Queues;

/// <summary>Runs a job in the process and the call that enqueued it.</summary>
internal static class InCaller
{
    public static Task RunAsync(Job job, string execution, WorkerOptions? options) => throw new NotSupportedException($"{job} {execution} {options}");
}
