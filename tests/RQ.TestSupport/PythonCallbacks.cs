namespace RQ.TestSupport;

/// <summary>
/// Callbacks that no Python worker knows, for jobs that one of them runs. They note what they saw in the list <c>noted:{job}</c>, where Python finds it.
/// </summary>
public static class PythonCallbacks
{
    public static Task SucceededAsync(Job job, object? result) => NoteAsync(job, $"success {job.Status} {result}");

    public static Task FailedAsync(Job job, JobFailedException exception) =>
        NoteAsync(job, $"failure {job.Status} {exception.ExceptionText?.TrimEnd().Split('\n')[^1]}");

    public static Task StoppedAsync(Job job) => NoteAsync(job, $"stopped {job.Status}");

    private static async Task NoteAsync(Job job, string text) => await job.Connection.Multiplexer.GetDatabase().ListRightPushAsync("noted:" + job.Id, text);
}
