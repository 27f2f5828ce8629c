namespace RQ.Redis.Transitions;

/// <summary>The transition <i>delete</i>: a job and every trace of it are gone.</summary>
internal static class Delete
{
    private const int Bite = 200;
    private static readonly Script s_script = Script.Load("delete");

    /// <summary>Deletes jobs, some in each call; those of one call all or none.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="ids">The jobs.</param>
    /// <param name="queue">Where they probably are; ids of jobs that are gone leave its registries.</param>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <param name="only">The statuses of the jobs that are meant; others stay. <c>null</c> for all.</param>
    /// <returns>How many there were.</returns>
    public static async Task<int> ExecuteAsync(RqConnection rq, IEnumerable<string> ids, string queue, CancellationToken cancellationToken, IEnumerable<JobStatus>? only = null)
    {
        int deleted = 0;
        foreach (string[] bite in ids.Chunk(Bite))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Keys keys = rq.Keys;
            ScriptCall call = rq.Call(s_script);
            call.Keys.AddRange([keys.Releasing, keys.Queue(queue)]);
            call.Arguments.AddRange([keys.Prefix, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), !rq.Capabilities.LocksDeclaredOnly, queue, only is null ? "" : string.Join(',', only.Select(status => status.ToText()))]);
            foreach (string id in bite)
                call.Arguments.Add(id);
            string[] verdicts = [.. (await DeclaredKeys.ExecuteAsync(rq, call).ConfigureAwait(false)).Select(verdict => (string)verdict!)];
            for (int i = 0; i < bite.Length; i++)
            {
                if (verdicts[i] is not ("missing" or "elsewhere"))
                    deleted++;
                if (verdicts[i] == "releasing")
                    await Release.FollowUpAsync(rq, bite[i], cancellationToken).ConfigureAwait(false);
            }
        }

        return deleted;
    }
}
