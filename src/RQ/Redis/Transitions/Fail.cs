using RQ.Executions;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>fail</i>: started → failed or stopped, or queued / scheduled when the outcome is a retry.</summary>
internal static class Fail
{
    public static Script Script { get; } = Script.Load("fail");

    /// <summary>Where an execution that did not finish sends its job.</summary>
    /// <param name="To">The status.</param>
    /// <param name="AtFront">Whether it goes to the head of its queue.</param>
    /// <param name="Delay">Seconds until it is due.</param>
    /// <param name="Result">The result that is stored; <c>null</c> for none.</param>
    internal readonly record struct Destination(string To, bool AtFront = false, long Delay = 0, JobResultType? Result = null)
    {
        /// <summary>How many retries are left now; <c>null</c> leaves it as it is.</summary>
        public int? RetriesLeft { get; private init; }

        /// <summary>How often the job has retried by itself now; <c>null</c> leaves it as it is.</summary>
        public int? NumberOfRetries { get; private init; }

        public RedisValue RetriesLeftText => RetriesLeft ?? RedisValue.EmptyString;

        public static Destination Of(Outcome outcome) => outcome switch
        {
            Outcome.Failed failed => new Destination("failed", Result: failed.IsListed ? JobResultType.Failed : null),
            Outcome.RetriesExceeded => new Destination("failed", Result: JobResultType.MaxRetriesExceeded),
            // RQ has the number 3 for stopped jobs and never writes it.
            Outcome.Stopped => new Destination("stopped", Result: JobResultType.Failed),
            Outcome.Retried retry => Again(retry.After, retry.AtFront) with { RetriesLeft = retry.RetriesLeft },
            Outcome.RetriedByItself retry => Again(retry.After, retry.AtFront) with { NumberOfRetries = retry.NumberOfRetries, Result = JobResultType.Retried },
            Outcome.GivenBack => new Destination("queued", AtFront: true),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an end without a result."),
        };

        private static Destination Again(TimeSpan after, bool atFront) =>
            after <= TimeSpan.Zero ? new Destination("queued", atFront) : new Destination("scheduled", atFront, RqTime.Seconds(after));
    }

    /// <summary>Fails several executions in one call; sending it again changes nothing.</summary>
    /// <returns>One verdict per execution, in order.</returns>
    public static async Task<Verdict[]> ExecuteAsync(
        RqConnection rq, IScriptCaller caller, string worker, string? oldestRunning, IReadOnlyList<EndedExecution> ended)
    {
        var settlement = new Settlement(rq, Script, worker, oldestRunning, ended.Select(end => end.Execution), queue =>
            [rq.Keys.Started(queue), rq.Keys.Failed(queue), rq.Keys.Queue(queue), rq.Keys.Scheduled(queue)]);
        foreach ((Execution execution, Outcome outcome) in ended)
        {
            Destination destination = Destination.Of(outcome);
            settlement.Add(execution);
            settlement.Call.Arguments.AddRange([
                destination.To, destination.AtFront, destination.Delay, destination.RetriesLeftText,
                destination.NumberOfRetries ?? RedisValue.EmptyString, destination.Result is { } type ? (int)type : RedisValue.EmptyString,
                execution.Job.FailureTtl ?? RedisValue.EmptyString]);
            settlement.AddTimes(execution);
            settlement.Call.Arguments.Add(Text(rq, execution, outcome));
        }

        RedisResult answer = await caller.ExecuteAsync(settlement.Call).ConfigureAwait(false);
        await Extend.ForgetLateBeatsAsync(rq, ended).ConfigureAwait(false);
        return Settlement.Read(answer);
    }

    /// <summary>The exception text as it is stored; retries store none, as in RQ.</summary>
    public static RedisValue Text(RqConnection rq, Execution execution, Outcome outcome)
    {
        Failure? failure = outcome switch
        {
            Outcome.Failed failed => failed.Failure,
            Outcome.RetriesExceeded exceeded => exceeded.Failure,
            Outcome.Stopped stopped => stopped.Failure,
            _ => null,
        };
        return failure is null ? RedisValue.EmptyString : Settlement.Payload(rq, Compression.DeflateText(rq.Serializers.Hide(execution.Job, failure.Text, PayloadKind.Failure)));
    }
}
