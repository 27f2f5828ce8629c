namespace RQ.Redis.Transitions;

/// <summary>The transition <i>reschedule</i>: scheduled → scheduled for another time; a deferred job is due at another one.</summary>
internal static class Reschedule
{
    private static readonly Script s_script = Script.Load("reschedule");

    /// <param name="rq">The connection.</param>
    /// <param name="id">The job.</param>
    /// <param name="due">Its new time.</param>
    /// <param name="queue">The queue that it must be of; <c>null</c> for any.</param>
    /// <param name="token">By which a call that is sent again is known; <c>null</c> for a new one.</param>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidJobOperationException">It is neither scheduled nor deferred, or of another queue.</exception>
    public static async Task ExecuteAsync(RqConnection rq, string id, DateTimeOffset due, string? queue, string? token = null)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.Add(rq.Keys.Job(id));
        call.Arguments.AddRange([rq.Keys.Prefix, id, RqTime.Unix(due), queue ?? "", token ?? Tokens.New()]);
        switch ((string)(await rq.SendAsync(call).ConfigureAwait(false))!)
        {
            case "done":
                return;
            case "missing":
                throw new JobNotFoundException(id);
            case "elsewhere":
                throw new InvalidJobOperationException(id, null, $"Job '{id}' is not of queue '{queue}'. Job.RescheduleAsync moves it on the queue that it is of.");
            case string other:
                JobStatus status = JobStatusText.Parse(other);
                throw new InvalidJobOperationException(
                    id, status, $"Job '{id}' cannot be rescheduled: it is {status.ToText()}, and only scheduled and deferred jobs have a time that can be moved.");
        }
    }
}
