using RQ.Model.Plays;

namespace RQ.Model;

/// <summary>Mistakes as they could be made in a script, one line each: the model check must find every one of them.</summary>
internal static class Mistakes
{
    /// <param name="What">What is wrong then.</param>
    /// <param name="Script">The script.</param>
    /// <param name="Line">A line of it, or of what it includes.</param>
    /// <param name="Instead">What stands there instead.</param>
    public sealed record Mistake(string What, string Script, string Line, string Instead = "")
    {
        public Faults Faults => new(Script, Line, Instead);

        /// <summary>Whether it shows within some hundred steps.</summary>
        public bool IsFoundSoon { get; init; }

        public override string ToString() => What;
    }

    public static readonly Mistake[] All =
    [
        new("a finish counts whoever sends it", "finish", "if f[1] == 'started' and f[2] == execution and f[3] == worker then", "if f[1] == 'started' then"),
        new("a failure counts whoever sends it", "fail", "if f[1] == 'started' and f[4] == worker then", "if f[1] then") { IsFoundSoon = true },
        new("a failed execution stays in the started registry", "fail", "redis.pcall('ZREM', wip, member)") { IsFoundSoon = true },
        new("a canceled job stays where it was", "cancel", "leave_place(prefix, id, place)\nif place.status == 'started' then", "if place.status == 'started' then") { IsFoundSoon = true },
        new("a canceled job keeps its slot", "cancel", "redis.pcall('ZREM', prefix .. 'rl:' .. key .. ':allowed', id)"),
        new("who was released is still listed as waiting", "finish", "redis.call('SREM', dependents, child.id)") { IsFoundSoon = true },
        new("the end of a job stays noted", "finish", "end_release(releasing, id, job, dependents)") { IsFoundSoon = true },
        new("the younger of two that waited comes first", "finish", "return a.created < b.created", "return a.created > b.created"),
        new("a take that is sent again takes more", "take", "record[1] == ARGV[first_id + 1]", "false") { IsFoundSoon = true },
        new("a job that runs may expire", "take", "redis.call('PERSIST', job) == 1", "false") { IsFoundSoon = true },
        new("who waits for a job that expired waits for ever", "take", "note_gone(prefix, id)\nfor _, key", "for _, key"),
        new("a worker that renewed its lease is robbed all the same", "abandon", "if lease and tonumber(lease) > now_ms then return 'alive' end"),
        new("a requeue that is sent again queues a second time", "requeue", "redis.call('HGET', job, 'change_token') == ARGV[9]", "false"),
        new("an enqueue that is sent again starts the job anew", "enqueue", "redis.call('HGET', job.key, 'enqueue_token') == job.token", "false") { IsFoundSoon = true },
        new("an id that is used again stays in its old place", "enqueue", "if not keeps then leave_place(prefix, job.id, place) end") { IsFoundSoon = true },
        new("a scheduler that lost the queue's lock moves its jobs", "promote", "if redis.call('GET', KEYS[5]) ~= owner then return {'lost'} end") { IsFoundSoon = true },
        new("what a dead worker has claimed is lost", "unregister", "return_claims(KEYS[n + 1], KEYS[n + 2])"),
        new("a job given back counts as never taken", "give_back", "if began then redis.call('HINCRBY', job, 'attempts', 1) end") { IsFoundSoon = true },
        new("a failure that was stored is not known again", "fail", "return outcomes[f[3]] and 'already' or 'lost'", "return 'lost'") { IsFoundSoon = true },
        new("a retry that waits keeps its slot", "fail", "elseif f.about.rate and free_slot(prefix, f.releasing, f.about.rate, f.id, f.ended_at, f.may_touch) then", "elseif false then"),
        new("a deleted job's dependents are not told", "delete", "redis.call('HSETNX', releasing, id, 'deleted')"),
        new("a job that ends unrun tells nobody", "release", "redis.call('HSET', releasing, id, to)"),
        new("a finished job with parents keeps their list for ever", "finish", "if depended then redis.call('EXPIRE', dependencies, ttl) end"),
        new("a queue on which jobs are scheduled is forgotten", "forget_queue", "if redis.call('ZCARD', KEYS[3]) > 0 then return 'scheduled' end") { IsFoundSoon = true },

        // These were made, and found by this.
        new("a job under a parent's id that came later does not know who waits", "finish", "wait_for(prefix, id, other)\n"),
        new("an id that is used again holds the slot of its earlier life", "enqueue", "redis.call('ZREM', prefix .. 'rl:' .. job.rate .. ':allowed', job.id) == 1", "false"),
        new("a job is let in by a limit that is not its own", "finish", "and f[2] and f[5] == key and prefix", "and f[2] and prefix"),
        new("results stay for ever of a job that expired", "take", "if redis.call('TTL', results) == -1 then redis.call('DEL', results) end"),
        new("who waits is listed for ever under a job that is gone", "cancel", "return 'released', left", "return left and 'releasing' or 'released', left"),
    ];
}
