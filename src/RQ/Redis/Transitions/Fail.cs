using RQ.Executions;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>fail</i>: started → failed, or queued / scheduled when the outcome is a retry.</summary>
internal static class Fail
{
    private static readonly Script s_script = Script.Load("fail");

    /// <summary>Where an execution that did not finish sends its job.</summary>
    internal readonly record struct Destination(string To, bool AtFront, long Delay, int? RetriesLeft)
    {
        public static Destination Of(Outcome outcome) => outcome switch
        {
            Outcome.Failed => new Destination("failed", false, 0, null),
            Outcome.Retried { After.Ticks: 0 } retry => new Destination("queued", retry.AtFront, 0, retry.RetriesLeft),
            Outcome.Retried retry => new Destination("scheduled", false, RqTime.Seconds(retry.After), retry.RetriesLeft),
            Outcome.RetriedByItself { After.Ticks: 0 } retry => new Destination("queued", retry.AtFront, 0, null),
            Outcome.RetriedByItself retry => new Destination("scheduled", false, RqTime.Seconds(retry.After), null),
            Outcome.RetriesExceeded or Outcome.Stopped => new Destination("failed", false, 0, null),
            Outcome.GivenBack => new Destination("queued", true, 0, null),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an end without a result."),
        };

        public RedisValue RetriesLeftText => RetriesLeft ?? RedisValue.EmptyString;
    }

    /// <summary>Fails several executions in one call; sending it again changes nothing.</summary>
    /// <returns>One verdict per execution, in order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(
        RqConnection rq, string worker, string? oldestRunning, IReadOnlyList<EndedExecution> ended)
    {
        var settlement = new Settlement(rq, s_script, worker, oldestRunning, ended.Select(end => end.Execution), queue =>
            [rq.Keys.Started(queue), rq.Keys.Failed(queue), rq.Keys.Queue(queue), rq.Keys.Scheduled(queue)]);
        foreach ((Execution execution, Outcome outcome) in ended)
        {
            Destination destination = Destination.Of(outcome);
            settlement.Add(execution);
            settlement.Call.Arguments.AddRange([
                destination.To, destination.AtFront, destination.Delay, destination.RetriesLeftText,
                execution.Job.FailureTtl ?? RedisValue.EmptyString]);
            settlement.AddTimes(execution);
            settlement.Call.Arguments.Add(Text(rq, outcome));
        }

        return Settlement.Read(await rq.ExecuteAsync(settlement.Call).ConfigureAwait(false));
    }

    /// <summary>The exception text as it is stored; retries store none, as in RQ.</summary>
    public static RedisValue Text(RqConnection rq, Outcome outcome)
    {
        Failure? failure = (outcome as Outcome.Failed)?.Failure ?? (outcome as Outcome.RetriesExceeded)?.Failure ?? (outcome as Outcome.Stopped)?.Failure;
        return failure is null ? RedisValue.EmptyString : Settlement.Payload(rq, Compression.DeflateText(failure.Text));
    }
}
