using RQ.Executions;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>extend</i>: the heartbeat of a worker and of its executions.</summary>
internal static class Extend
{
    /// <summary>A beat comes at least this long before the execution would count as abandoned.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(30);

    private static readonly Script s_script = Script.Load("extend");
    private static readonly WorkerOptions s_defaults = new();

    /// <param name="IsRegistered">Whether the worker's record was there.</param>
    /// <param name="Verdicts">One per execution, in order.</param>
    internal sealed record Answer(bool IsRegistered, IReadOnlyList<Verdict> Verdicts);

    /// <param name="rq">The connection.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="executions">Those that are due.</param>
    /// <param name="monitoring"><see cref="WorkerOptions.MonitoringInterval"/>; <c>null</c> for the default.</param>
    /// <param name="workerTtl"><see cref="WorkerOptions.WorkerTtl"/>; <c>null</c> for the default.</param>
    public static ScriptCall Call(
        RqConnection rq, string worker, IReadOnlyCollection<Execution> executions, TimeSpan? monitoring = null, TimeSpan? workerTtl = null)
    {
        long interval = RqTime.Seconds(monitoring ?? s_defaults.MonitoringInterval);
        DateTimeOffset now = rq.TimeProvider.GetUtcNow();
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([rq.Keys.Worker(worker), rq.Keys.WorkerExecutions(worker)]);
        call.Arguments.AddRange([rq.Keys.Prefix, worker, RqTime.Timestamp(now), RqTime.Unix(now), interval + 60, WorkerRecord.IdleTtlOf(workerTtl ?? s_defaults.WorkerTtl)]);
        foreach (Execution execution in executions)
        {
            call.Keys.AddRange([rq.Keys.Job(execution.JobId), rq.Keys.Started(execution.Queue)]);
            call.Arguments.AddRange([execution.JobId, execution.Id, HeartbeatTtl(execution, now, interval), RqTime.Unix(execution.CreatedAt)]);
        }

        return call;
    }

    public static Answer Read(RedisResult result)
    {
        RedisResult[] answer = (RedisResult[])result!;
        return new Answer((int)answer[0] == 1, [.. answer.Skip(1).Select(verdict => VerdictText.Parse((string?)verdict))]);
    }

    /// <summary>
    /// Clears the records of those that have ended, for which a heartbeat came when their ends were already on the way: these did not know of it.
    /// </summary>
    /// <param name="rq">The connection.</param>
    /// <param name="ended">Of which the server has said that it knows how they ended: from then on no heartbeat writes records.</param>
    public static Task ForgetLateBeatsAsync(RqConnection rq, IReadOnlyList<EndedExecution> ended)
    {
        List<Task>? calls = null;
        for (int i = 0; i < ended.Count; i++)
        {
            if (ended[i].Execution.HasLateBeat)
                (calls ??= []).Add(ForgetAsync(rq, ended[i].Execution));
        }

        return calls is null ? Task.CompletedTask : Task.WhenAll(calls);
    }

    private static async Task ForgetAsync(RqConnection rq, Execution execution)
    {
        try
        {
            await rq.Primary.KeyDeleteAsync(rq.Keys.Execution(execution.JobId, execution.Id)).ConfigureAwait(false);
            await rq.Primary.SortedSetRemoveAsync(rq.Keys.Executions(execution.JobId), execution.Id).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // They expire within minutes; the end is stored, whatever becomes of them.
        }
    }

    /// <summary>How long after a beat the next one is due: after an interval, but before the execution would count as abandoned.</summary>
    public static TimeSpan NextAfter(Execution execution, DateTimeOffset now, TimeSpan monitoring)
    {
        TimeSpan latest = TimeSpan.FromSeconds(HeartbeatTtl(execution, now, RqTime.Seconds(monitoring))) - s_margin;
        return monitoring < latest ? monitoring : latest;
    }

    /// <summary>RQ's: what is left of the time-out, at most the monitoring interval, and a minute.</summary>
    private static long HeartbeatTtl(Execution execution, DateTimeOffset now, long interval)
    {
        long left = execution.Job.Timeout is > 0 and var timeout ? timeout - (long)(now - execution.CreatedAt).TotalSeconds : interval;
        return Math.Clamp(left, 0, interval) + 60;
    }
}
