using RQ.Executions;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>abandon</i>: an execution of a dead worker goes where the job's policy says.</summary>
internal static class Abandon
{
    private static readonly Script s_script = Script.Load("abandon");

    /// <param name="rq">The connection.</param>
    /// <param name="execution">What the dead worker ran.</param>
    /// <param name="outcome">Where the job goes.</param>
    /// <param name="found">The overdue entry of the started registry by which the worker counts as dead; <c>null</c> when it is its lease.</param>
    public static async Task<Verdict> ExecuteAsync(RqConnection rq, Execution execution, Outcome outcome, Overdue.Found? found = null)
    {
        Keys keys = rq.Keys;
        Fail.Destination destination = Fail.Destination.Of(outcome);
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([
            keys.Leases, keys.WorkerExecutions(execution.WorkerName), keys.Releasing, keys.ResultTemplate, keys.Started(execution.Queue),
            keys.Failed(execution.Queue), keys.Queue(execution.Queue), keys.Scheduled(execution.Queue), keys.Job(execution.JobId)]);
        call.Arguments.AddRange([
            keys.Prefix, execution.WorkerName, rq.Capabilities.ResultMode, execution.JobId, execution.Id,
            destination.To, destination.AtFront, destination.Delay, destination.RetriesLeftText, outcome is Outcome.GivenBack,
            execution.Job.FailureTtl ?? StackExchange.Redis.RedisValue.EmptyString,
            RqTime.Timestamp(execution.StartedAt), RqTime.Timestamp(execution.EndedAt),
            RqTime.Unix(execution.StartedAt), RqTime.Unix(execution.EndedAt), Fail.Text(rq, execution, outcome), !rq.Capabilities.LocksDeclaredOnly,
            found?.Entry ?? "", found?.Score ?? ""]);
        return VerdictText.Parse((string?)await rq.ExecuteAsync(call).ConfigureAwait(false));
    }
}
