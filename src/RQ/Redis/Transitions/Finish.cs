using RQ.Executions;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>finish</i>: started → finished, with the result, or on to the next run of a job that repeats; what waited for it is released.</summary>
internal static class Finish
{
    private static readonly Script s_script = Script.Load("finish");

    /// <summary>Finishes several executions in one call; sending it again changes nothing.</summary>
    /// <returns>One verdict per execution, in order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(
        RqConnection rq, string worker, string? oldestRunning, IReadOnlyList<(Execution Execution, Outcome.Finished Outcome)> ended, TimeSpan defaultResultTtl)
    {
        var settlement = new Settlement(rq, s_script, worker, oldestRunning, ended.Select(end => end.Execution), queue =>
            [rq.Keys.Started(queue), rq.Keys.Finished(queue), rq.Keys.Queue(queue), rq.Keys.Scheduled(queue)]);
        foreach ((Execution execution, Outcome.Finished outcome) in ended)
        {
            settlement.Add(execution);
            RepeatPolicy.Next? next = RepeatPolicy.AfterSuccess(execution.Job);
            settlement.Call.Arguments.AddRange([
                execution.Job.ResultTtl ?? RqTime.Seconds(defaultResultTtl), next?.RunsAfter ?? RedisValue.EmptyString, next?.Delay ?? 0]);
            settlement.AddTimes(execution);
            settlement.Call.Arguments.AddRange([outcome.Value is not null, outcome.Value is null ? "" : Settlement.Payload(rq, outcome.Value)]);
        }

        return Settlement.Read(await rq.ExecuteAsync(settlement.Call).ConfigureAwait(false));
    }
}
