using RQ.Executions;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>give back</i>: started → queued, at the head, no retry used up; a run that had begun counts as an attempt.</summary>
internal static class GiveBack
{
    private static readonly Script s_script = Script.Load("give_back");

    /// <param name="rq">The connection.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="executions">In the order in which they were taken; the first one ends at the very head.</param>
    /// <returns>One verdict per execution, in reverse order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(RqConnection rq, string worker, IReadOnlyList<Execution> executions)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Worker(worker), keys.WorkerExecutions(worker)]);
        call.Arguments.AddRange([keys.Prefix, worker, RqTime.Timestamp(rq.TimeProvider.GetUtcNow())]);
        foreach (Execution execution in executions.Reverse())
        {
            call.Keys.AddRange([keys.Job(execution.JobId), keys.Started(execution.Queue), keys.Queue(execution.Queue)]);
            call.Arguments.AddRange([execution.JobId, execution.Id, execution.HasBegun]);
        }

        return Settlement.Read(await rq.ExecuteAsync(call).ConfigureAwait(false));
    }
}
