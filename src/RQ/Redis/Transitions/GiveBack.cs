using RQ.Executions;

namespace RQ.Redis.Transitions;

/// <summary>
/// The transition <i>give back</i>: started → queued, no retry used up; a run that had begun counts as an attempt. Jobs go to the
/// heads of their queues; those whose function is unknown to the tails.
/// </summary>
internal static class GiveBack
{
    public static Script Script { get; } = Script.Load("give_back");

    /// <param name="rq">The connection.</param>
    /// <param name="caller">Over which the call is sent.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="executions">In the order in which they were taken; the first one ends at the very head. All ended with <see cref="Outcome.GivenBack"/>.</param>
    /// <returns>One verdict per execution, in another order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(RqConnection rq, IScriptCaller caller, string worker, IReadOnlyList<EndedExecution> executions)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(Script);
        call.Keys.AddRange([keys.Worker(worker), keys.WorkerExecutions(worker)]);
        DateTimeOffset now = rq.TimeProvider.GetUtcNow();
        call.Arguments.AddRange([keys.Prefix, worker, RqTime.Timestamp(now)]);
        IEnumerable<EndedExecution> toTail = executions.Where(each => UnknownSince(each) is not null);
        IEnumerable<EndedExecution> toHead = executions.Where(each => UnknownSince(each) is null);
        foreach (EndedExecution each in toTail.Concat(toHead.Reverse()))
        {
            Execution execution = each.Execution;
            call.Keys.AddRange([keys.Job(execution.JobId), keys.Started(execution.Queue), keys.Queue(execution.Queue)]);
            call.Arguments.AddRange([execution.JobId, execution.Id, execution.HasBegun]);
            if (UnknownSince(each) is { } since)
                call.Arguments.AddRange([RqTime.Timestamp(since), Math.Max((long)(now - since).TotalSeconds, 0)]);
            else
                call.Arguments.AddRange(["", 0]);
        }

        return Settlement.Read(await caller.ExecuteAsync(call).ConfigureAwait(false));
    }

    private static DateTimeOffset? UnknownSince(EndedExecution ended) => ((Outcome.GivenBack)ended.Outcome).UnknownSince;
}
