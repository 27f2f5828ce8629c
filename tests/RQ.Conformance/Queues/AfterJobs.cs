using RQ.TestSupport;

namespace RQ.Conformance.Queues;

/// <summary>Callbacks that note what they got under the id of the job that ended.</summary>
public static class AfterJobs
{
    [Job]
    public static void Succeeded(Job job, int result) => TestJobs.Note(job.Id, $"success {result} {job.Status}");

    [Job]
    public static void Failed(Job job, Exception exception) =>
        TestJobs.Note(job.Id, $"failure {job.Status} {exception.GetType().Name}: {(exception as JobFailedException)?.ExceptionText?.Split('\n')[0].TrimEnd() ?? exception.Message}");

    [Job]
    public static void Stopped(Job job) => TestJobs.Note(job.Id, $"stopped {job.Status}");

    [Job(Queue = "attributed")]
    public static void OnItsQueue(Job job, int result) => TestJobs.Note(job.Id, $"attributed {result}");
}
