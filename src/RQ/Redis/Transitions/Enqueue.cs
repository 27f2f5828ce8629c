using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>enqueue</i>: nothing → queued, or deferred while a dependency is unmet.</summary>
internal static class Enqueue
{
    private static readonly Script s_script = Script.Load("enqueue");

    /// <summary>One job to enqueue.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Token">Random, when the caller chose the id; empty when the id itself is fresh. Makes the call safe to repeat.</param>
    /// <param name="AtFront">Whether it goes to the head.</param>
    /// <param name="Ttl">Seconds it may wait; <c>null</c> for ever.</param>
    /// <param name="AllowFailure">Whether failed parents count as met.</param>
    /// <param name="EnqueuedAt">The time to write when it is queued.</param>
    /// <param name="Parents">Ids of the jobs it waits for.</param>
    /// <param name="Fields">The hash, without status and enqueued_at: name, value, name, value …</param>
    internal sealed record Item(
        string Id, string Token, bool AtFront, long? Ttl, bool AllowFailure, string EnqueuedAt, IReadOnlyList<string> Parents, List<RedisValue> Fields);

    /// <summary>Enqueues all or none, in one call; sending it again changes nothing.</summary>
    /// <returns>The status of each job.</returns>
    /// <exception cref="JobIsRunningException">A job under one of the ids runs now.</exception>
    public static async Task<JobStatus[]> ExecuteAsync(RqConnection rq, string queue, IReadOnlyList<Item> items)
    {
        ScriptCall call = Build(rq, queue, items);
        while (true)
        {
            RedisResult[] answer = (RedisResult[])(await SendAsync(rq, call).ConfigureAwait(false))!;
            switch ((string?)answer[0])
            {
                case "ok":
                    return [.. answer.Skip(1).Select(status => JobStatusText.Parse((string?)status))];
                case "running":
                    throw new JobIsRunningException((string)answer[1]!);
                default:
                    DeclaredKeys.Add(call, answer);
                    break;
            }
        }
    }

    // An answer may be lost after the server has done its work; the same call again changes nothing, so it is sent once more.
    private static async Task<RedisResult> SendAsync(RqConnection rq, ScriptCall call)
    {
        try
        {
            return await rq.ExecuteAsync(call).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            return await rq.ExecuteAsync(call).ConfigureAwait(false);
        }
    }

    private static ScriptCall Build(RqConnection rq, string queue, IReadOnlyList<Item> items)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Queues, keys.Queue(queue), keys.Deferred(queue)]);
        call.Arguments.AddRange([keys.Prefix, items.Count]);
        foreach (Item item in items)
        {
            call.Keys.Add(keys.Job(item.Id));
            call.Arguments.AddRange([
                item.Id, item.Token, item.AtFront, item.Ttl ?? RedisValue.EmptyString, item.AllowFailure, item.EnqueuedAt, item.Parents.Count]);
            foreach (string parent in item.Parents)
            {
                call.Keys.Add(keys.Job(parent));
                call.Arguments.Add(parent);
            }

            call.Arguments.Add(item.Fields.Count);
            call.Arguments.AddRange(item.Fields);
        }

        return call;
    }
}
