using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>promote</i>: scheduled → queued, for the jobs of one queue that are due.</summary>
internal static class Promote
{
    private const int Bite = 500;
    private static readonly Script s_script = Script.Load("promote");

    /// <param name="Promoted">How many jobs left the schedule.</param>
    /// <param name="HasMore">Whether more may be due.</param>
    /// <param name="NextDue">When the next one is due; <c>null</c> for none.</param>
    internal sealed record Answer(int Promoted, bool HasMore, DateTimeOffset? NextDue);

    /// <summary>One bite.</summary>
    public static async Task<Answer> ExecuteAsync(RqConnection rq, string queue)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Scheduled(queue), keys.Queue(queue), keys.Releasing]);
        call.Arguments.AddRange([keys.Prefix, Bite, RqTime.Timestamp(rq.TimeProvider.GetUtcNow())]);
        RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        await Release.FollowUpAsync(rq, [], (string[])answer[3]!).ConfigureAwait(false);
        return new Answer((int)answer[0], (int)answer[1] == 1, RqTime.ParseUnix((string?)answer[2]));
    }

    /// <summary>All that is due now.</summary>
    /// <returns>How many jobs left the schedule.</returns>
    public static async Task<int> AllAsync(RqConnection rq, string queue, CancellationToken cancellationToken)
    {
        int promoted = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Answer answer = await ExecuteAsync(rq, queue).ConfigureAwait(false);
            promoted += answer.Promoted;
            if (!answer.HasMore)
                return promoted;
        }
    }
}
