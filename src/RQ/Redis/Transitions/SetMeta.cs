using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Writes a job's metadata, unless somebody else has changed it meanwhile.</summary>
internal static class SetMeta
{
    private static readonly Script s_script = Script.Load("set_meta");

    /// <returns>Whether it was written.</returns>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public static async Task<bool> ExecuteAsync(RqConnection rq, string id, RedisValue was, RedisValue shallBe)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.Add(rq.Keys.Job(id));
        call.Arguments.AddRange([was.IsNull ? RedisValue.EmptyString : was, shallBe.IsNull ? RedisValue.EmptyString : shallBe, Tokens.New()]);
        return (int)await rq.SendAsync(call).ConfigureAwait(false) switch
        {
            1 => true,
            0 => false,
            _ => throw new JobNotFoundException(id),
        };
    }
}
