using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>promote</i>: scheduled → queued, for the jobs of one queue that are due.</summary>
internal static class Promote
{
    /// <summary>How many entries one call looks at: some milliseconds of the server's time.</summary>
    public const int Bite = 250;

    private static readonly Script s_script = Script.Load("promote");

    /// <param name="IsOwner">Whether the caller held the queue's lock; if not, nothing was done.</param>
    /// <param name="Promoted">How many jobs left the schedule for their queue.</param>
    /// <param name="Stays">How many entries stay for a moment, in case Python is about to write their job.</param>
    /// <param name="HasMore">Whether more may be due.</param>
    /// <param name="NextIn">How long until the next job is due, by the server's clock; <c>null</c> for none.</param>
    /// <param name="Bad">What could not be queued and has left the schedule.</param>
    /// <param name="Parents">Jobs that were failed, whose dependents are to be told.</param>
    /// <param name="Limits">Rate limits that jobs now stand in line for.</param>
    internal sealed record Answer(
        bool IsOwner, int Promoted, int Stays, bool HasMore, TimeSpan? NextIn, IReadOnlyList<BadEntry> Bad, IReadOnlyList<string> Parents, IReadOnlyList<string> Limits)
    {
        public static readonly Answer Lost = new(false, 0, 0, false, null, [], [], []);
    }

    /// <param name="JobId">The entry.</param>
    /// <param name="What">What is wrong with it, as the script calls it; the status of a job that does not wait for its time.</param>
    internal sealed record BadEntry(string JobId, string What)
    {
        /// <summary>What is wrong with it, and what became of it.</summary>
        public string Reason => What switch
        {
            "gone" => "there is no such job (any more); the entry was removed",
            "kind" => "its key holds something else than a job; the entry was removed",
            "origin" => "it names no queue (field origin); it was failed",
            "limit" => "a key of its rate limit holds something else; it was failed",
            _ => $"its job does not wait for that: it is {What}; the entry was removed",
        };
    }

    /// <summary>One bite, to be followed by <see cref="FollowUpAsync"/>.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="owner">The scheduler that must hold the queue's lock, which is renewed; <c>null</c> for a move by hand, which asks for none.</param>
    /// <param name="skip">How many due entries to pass over: those of earlier bites that stay.</param>
    public static async Task<Answer> ExecuteAsync(RqConnection rq, string queue, string? owner = null, int skip = 0)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Scheduled(queue), keys.Queue(queue), keys.Releasing, keys.SchedulerLock(queue), keys.ResultTemplate]);
        call.Arguments.AddRange([
            keys.Prefix, queue, owner ?? "", (long)Scheduling.SchedulerIdentity.LockTime.TotalMilliseconds, skip, Bite,
            RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), rq.Capabilities.ResultMode,
            Settlement.Payload(rq, Compression.DeflateText(
                "The job was due and could not be queued: it names no queue (field origin), or a key of its rate limit holds something else."))]);
        RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        if ((string?)answer[0] == "lost")
            return Answer.Lost;
        BadEntry[] bad = [.. ((string[])answer[8]!).Chunk(2).Select(pair => new BadEntry(pair[0], pair[1]))];
        return new Answer(
            true, (int)answer[1], (int)answer[3], (int)answer[2] >= Bite, RqTime.Until((string?)answer[5], (long)answer[4]), bad,
            (string[])answer[7]!, (string[])answer[6]!);
    }

    /// <summary>Does what a bite has left to do. If the process dies before, everybody's maintenance finds it.</summary>
    public static Task FollowUpAsync(RqConnection rq, Answer answer) => Release.FollowUpAsync(rq, answer.Parents, answer.Limits);

    /// <summary>All that is due now, by hand.</summary>
    /// <returns>How many jobs left the schedule.</returns>
    public static async Task<int> AllAsync(RqConnection rq, string queue, CancellationToken cancellationToken)
    {
        int promoted = 0, skip = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Answer answer = await ExecuteAsync(rq, queue, skip: skip).ConfigureAwait(false);
            await FollowUpAsync(rq, answer).ConfigureAwait(false);
            promoted += answer.Promoted;
            skip += answer.Stays;
            if (!answer.HasMore)
                return promoted;
        }
    }
}
