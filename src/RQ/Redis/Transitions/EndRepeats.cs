namespace RQ.Redis.Transitions;

/// <summary>Lets the present run of a job that repeats, or the one it waits for, be the last.</summary>
internal static class EndRepeats
{
    private static readonly Script s_script = Script.Load("end_repeats");

    /// <returns>Whether there were further runs to come.</returns>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public static async Task<bool> ExecuteAsync(RqConnection rq, string id)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.Add(rq.Keys.Job(id));
        call.Arguments.Add(Tokens.New());
        return (int)await rq.SendAsync(call).ConfigureAwait(false) switch
        {
            1 => true,
            0 => false,
            _ => throw new JobNotFoundException(id),
        };
    }
}
