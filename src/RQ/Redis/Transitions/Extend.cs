using RQ.Executions;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>extend</i>: the heartbeat of a worker and of its executions.</summary>
internal static class Extend
{
    private static readonly Script s_script = Script.Load("extend");

    /// <param name="IsRegistered">Whether the worker's record was there.</param>
    /// <param name="Verdicts">One per execution, in order.</param>
    internal sealed record Answer(bool IsRegistered, IReadOnlyList<Verdict> Verdicts);

    public static ScriptCall Call(RqConnection rq, string worker, IReadOnlyCollection<Execution> executions)
    {
        DateTimeOffset now = rq.TimeProvider.GetUtcNow();
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([rq.Keys.Worker(worker), rq.Keys.WorkerExecutions(worker)]);
        call.Arguments.AddRange([rq.Keys.Prefix, worker, RqTime.Timestamp(now), RqTime.Unix(now)]);
        foreach (Execution execution in executions)
        {
            call.Keys.AddRange([rq.Keys.Job(execution.JobId), rq.Keys.Started(execution.Queue)]);
            call.Arguments.AddRange([execution.JobId, execution.Id, HeartbeatTtl(execution, now), RqTime.Unix(execution.CreatedAt)]);
        }

        return call;
    }

    public static Answer Read(RedisResult result)
    {
        RedisResult[] answer = (RedisResult[])result!;
        return new Answer((int)answer[0] == 1, [.. answer.Skip(1).Select(verdict => VerdictText.Parse((string?)verdict))]);
    }

    /// <summary>RQ's: what is left of the time-out, at most 30 s, and a minute.</summary>
    private static long HeartbeatTtl(Execution execution, DateTimeOffset now)
    {
        long left = execution.Job.Timeout is > 0 and var timeout ? timeout - (long)(now - execution.CreatedAt).TotalSeconds : 30;
        return Math.Clamp(left, 0, 30) + 60;
    }
}
