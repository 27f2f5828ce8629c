namespace RQ.Redis.Transitions;

/// <summary>Deletes the results of a job; no transition, the job stays where it is.</summary>
internal static class DeleteResults
{
    private static readonly Script s_script = Script.Load("delete_results");

    public static async Task ExecuteAsync(RqConnection rq, string id)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([rq.Keys.Job(id), rq.Keys.Results(id)]);
        call.Arguments.Add(rq.Capabilities.ResultMode);
        await rq.ExecuteAsync(call).ConfigureAwait(false);
    }
}
