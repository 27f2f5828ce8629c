using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>cancel</i>: whatever waits or runs → canceled.</summary>
internal static class Cancel
{
    private static readonly Script s_script = Script.Load("cancel");

    /// <param name="IsDone">Whether this call canceled it.</param>
    /// <param name="Worker">The worker that was running it; <c>null</c> when none was.</param>
    /// <param name="Status">The status that it had ended with before; <c>null</c> when there is no such job, or it was canceled.</param>
    internal sealed record Answer(bool IsDone, string? Worker, JobStatus? Status);

    /// <param name="rq">The connection.</param>
    /// <param name="id">The job.</param>
    /// <param name="origin">Its queue.</param>
    /// <param name="enqueueDependents">Whether those that wait for it are released.</param>
    /// <param name="removeFromDependencies">Whether those that it waits for forget it.</param>
    /// <param name="ttl">How long it is kept.</param>
    /// <param name="only">Only when it has this status.</param>
    public static async Task<Answer> ExecuteAsync(
        RqConnection rq, string id, string origin, bool enqueueDependents, bool removeFromDependencies, TimeSpan? ttl, JobStatus? only = null)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Releasing, keys.Queue(origin)]);
        call.Arguments.AddRange([
            keys.Prefix, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), !rq.Capabilities.LocksDeclaredOnly, enqueueDependents,
            removeFromDependencies, ttl is { } time ? RqTime.Seconds(time) : RedisValue.EmptyString, only?.ToText() ?? "", Tokens.New(), id]);
        string[] verdict = ((string)(await DeclaredKeys.ExecuteAsync(rq, call).ConfigureAwait(false))[0]!).Split(':', 2);
        if (verdict[0] == "missing")
            return new Answer(false, null, null);
        if (verdict[0] is not ("done" or "releasing"))
            return new Answer(false, null, JobStatusText.Parse(verdict[0]));
        if (verdict[0] == "releasing")
            await Release.FollowUpAsync(rq, id, CancellationToken.None).ConfigureAwait(false);
        return new Answer(true, verdict.Length > 1 ? verdict[1] : null, null);
    }
}
