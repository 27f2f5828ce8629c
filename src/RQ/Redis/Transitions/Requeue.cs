namespace RQ.Redis.Transitions;

/// <summary>The transition <i>requeue</i>: failed or stopped → queued; by hand from any status but started.</summary>
internal static class Requeue
{
    private const int Bite = 200;
    private static readonly Script s_script = Script.Load("requeue");

    /// <summary>What became of one job.</summary>
    /// <param name="Id">The job.</param>
    /// <param name="IsDone">Whether this call queued it.</param>
    /// <param name="Status">The status that forbade it; <c>null</c> when there is no such job, or it was queued.</param>
    internal sealed record Answer(string Id, bool IsDone, JobStatus? Status);

    /// <summary>Which jobs may go.</summary>
    internal enum From
    {
        /// <summary>Those in the failed registry of their queue.</summary>
        Failed,

        /// <summary>Those in the failed registry of the origin that the caller names.</summary>
        FailedOfOrigin,

        /// <summary>All that do not run.</summary>
        Anywhere,
    }

    /// <summary>Requeues jobs, some in each call; those of one call in one step.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="ids">The jobs, in the order in which they go to the queue.</param>
    /// <param name="origin">Where they probably are; ids of jobs that are gone leave its failed registry.</param>
    /// <param name="target">The queue to go to; <c>null</c> for the job's own.</param>
    /// <param name="atFront">Whether they go to the head.</param>
    /// <param name="from">Which of them may go.</param>
    /// <param name="cancellationToken">Stops between two calls.</param>
    public static async Task<IReadOnlyList<Answer>> ExecuteAsync(
        RqConnection rq, IEnumerable<string> ids, string origin, string? target, bool atFront, From from, CancellationToken cancellationToken)
    {
        var answers = new List<Answer>();
        foreach (string[] bite in ids.Chunk(Bite))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Keys keys = rq.Keys;
            ScriptCall call = rq.Call(s_script);
            call.Keys.AddRange([keys.Queues, keys.Releasing, keys.Queue(origin)]);
            if (target is not null && target != origin)
                call.Keys.Add(keys.Queue(target));
            call.Arguments.AddRange([
                keys.Prefix, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), !rq.Capabilities.LocksDeclaredOnly, atFront, target ?? "",
                from switch { From.Failed => "failed", From.FailedOfOrigin => "origin", _ => "any" }, origin, Tokens.New()]);
            foreach (string id in bite)
                call.Arguments.Add(id);
            string[] verdicts = [.. (await DeclaredKeys.ExecuteAsync(rq, call).ConfigureAwait(false)).Select(verdict => (string)verdict!)];
            for (int i = 0; i < bite.Length; i++)
            {
                bool isDone = verdicts[i] is "done" or "releasing";
                answers.Add(new Answer(bite[i], isDone, isDone || verdicts[i] == "missing" ? null : JobStatusText.Parse(verdicts[i])));
                if (verdicts[i] == "releasing")
                    await Release.FollowUpAsync(rq, bite[i], cancellationToken).ConfigureAwait(false);
            }
        }

        return answers;
    }
}
