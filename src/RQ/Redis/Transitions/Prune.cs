namespace RQ.Redis.Transitions;

/// <summary>Removes from a queue's registries what has expired, and dead workers from the sets of workers.</summary>
internal static class Prune
{
    private const int Bite = 1000;
    private static readonly Script s_script = Script.Load("prune");

    public static async Task ExecuteAsync(RqConnection rq, string queue, CancellationToken cancellationToken)
    {
        Keys keys = rq.Keys;
        bool more = true;
        while (more)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(s_script);
            call.Keys.AddRange([keys.Finished(queue), keys.Failed(queue), keys.Started(queue), keys.WorkersOf(queue), keys.Workers]);
            call.Arguments.AddRange([keys.Prefix, Bite]);
            more = (int)await rq.ExecuteAsync(call).ConfigureAwait(false) == 1;
        }
    }
}
