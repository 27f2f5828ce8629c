using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Which kind of value RQ keeps under a key, for when the server refuses a call because a key holds something else: its own error does not
/// say which key that is.
/// </summary>
internal static class KeyKinds
{
    private const string List = "list", Set = "set", Sorted = "sorted set", Hash = "hash", Stream = "stream", Text = "string";

    private const int MostJobs = 20;

    // The longest beginnings first: some are the beginnings of others.
    private static readonly (string Begin, string Kind)[] s_beginnings =
    [
        .. new[]
        {
            ("queues", Set), ("workers", Set), ("paused", Set), ("groups", Set), ("rl-keys", Set), ("cron-schedules", Set), ("group:", Set),
            ("leases", Sorted), ("cron_schedulers", Sorted), ("cron-due", Sorted), ("wip:", Sorted), ("finished:", Sorted), ("failed:", Sorted), ("deferred:", Sorted),
            ("scheduled:", Sorted), ("canceled:", Sorted), ("ready:", Sorted), ("executions:", Sorted), ("cron_job:", Sorted),
            ("leases:", Hash), ("releasing", Hash), ("cron-tables", Hash), ("job:", Hash), ("rl:", Hash), ("worker:", Hash), ("execution:", Hash), ("scheduler:", Hash), ("cron_scheduler:", Hash), ("cron-schedule:", Hash),
            ("queue:", List), ("job-log:", List), ("results:", Stream), ("result-template", Stream), ("job::", Set),
            ("suspended", Text), ("cron-lock", Text), ("cron-changes", Text), ("scheduler-lock:", Text), ("clean_registries:", Text), ("cleaning:", Text),
        }.OrderByDescending(each => each.Item1.Length),
    ];

    /// <summary>Whether the server refused a call because of the kind of a value.</summary>
    public static bool IsWrongKind(Exception exception) => exception is RedisServerException && IsWrongKind(exception.Message);

    /// <inheritdoc cref="IsWrongKind(Exception)"/>
    public static bool IsWrongKind(string error) => error.Contains("WRONGTYPE ", StringComparison.Ordinal);

    /// <returns><c>null</c> for keys that are not RQ's.</returns>
    public static string? Of(Keys keys, string key)
    {
        if (!key.StartsWith(keys.Prefix, StringComparison.Ordinal))
            return null;
        string name = key[keys.Prefix.Length..];
        string? kind = Array.Find(s_beginnings, each => name.StartsWith(each.Begin, StringComparison.Ordinal)).Kind;
        return kind != Hash ? kind
            : name.StartsWith("job:", StringComparison.Ordinal) && name.EndsWith(":dependents", StringComparison.Ordinal) ? Set
            : name.StartsWith("worker:", StringComparison.Ordinal) && name.EndsWith(":executions", StringComparison.Ordinal) ? Set
            : name.StartsWith("worker:", StringComparison.Ordinal) && name.Contains(":claims:", StringComparison.Ordinal) ? List
            : name.StartsWith("rl:", StringComparison.Ordinal) && (name.EndsWith(":allowed", StringComparison.Ordinal) || name.EndsWith(":rate_limited", StringComparison.Ordinal)) ? Sorted
            : Hash;
    }

    /// <summary>The error of a script with the key in it that is wrong, if that is one of its own or belongs to one of its jobs.</summary>
    public static async Task<RedisServerException> ExplainAsync(RqConnection rq, RedisServerException error, IEnumerable<RedisKey> keys)
    {
        string[] own = [.. keys.Select(key => (string)key!)];
        IEnumerable<string> queues = own.Where(key => key.StartsWith(rq.Keys.QueuePrefix, StringComparison.Ordinal)).Select(key => key[rq.Keys.QueuePrefix.Length..]);
        return await FindAsync(rq, error, async () =>
        {
            string[] origins = await OriginsAsync(rq, own).ConfigureAwait(false);
            return [.. own.Concat(own.SelectMany(key => KeysOfJob(rq.Keys, key))).Concat(queues.Concat(origins).Distinct().SelectMany(queue => KeysOfQueue(rq.Keys, queue))).Distinct()];
        }).ConfigureAwait(false);
    }

    /// <summary>The same of a command.</summary>
    public static async Task<T> NamedAsync<T>(this Task<T> command, RqConnection rq, string key)
    {
        try
        {
            return await command.ConfigureAwait(false);
        }
        catch (RedisServerException error) when (IsWrongKind(error))
        {
            throw await FindAsync(rq, error, () => Task.FromResult<string[]>([key])).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> KeysOfJob(Keys keys, string key)
    {
        if (!key.StartsWith(keys.JobPrefix, StringComparison.Ordinal))
            return [];
        string id = key[keys.JobPrefix.Length..];
        return [keys.Dependents(id), keys.Dependencies(id), keys.Results(id), keys.JobLog(id)];
    }

    private static IEnumerable<string> KeysOfQueue(Keys keys, string queue) =>
        [keys.Queue(queue), keys.Started(queue), keys.Finished(queue), keys.Failed(queue), keys.Deferred(queue), keys.Scheduled(queue), keys.Canceled(queue), keys.WorkersOf(queue)];

    /// <summary>The queues of the first of the jobs: a script finds their registries by what the jobs say.</summary>
    private static async Task<string[]> OriginsAsync(RqConnection rq, string[] keys)
    {
        string[] jobs = [.. keys.Where(key => Of(rq.Keys, key) == Hash && key.StartsWith(rq.Keys.JobPrefix, StringComparison.Ordinal)).Take(MostJobs)];
        RedisType[] kinds = await Task.WhenAll(jobs.Select(job => rq.Database.KeyTypeAsync(job))).ConfigureAwait(false);
        RedisValue[] origins = await Task.WhenAll(jobs.Where((_, i) => kinds[i] == RedisType.Hash).Select(job => rq.Database.HashGetAsync(job, JobFields.Origin))).ConfigureAwait(false);
        return [.. origins.Where(origin => !origin.IsNullOrEmpty).Select(origin => (string)origin!)];
    }

    private static async Task<RedisServerException> FindAsync(RqConnection rq, RedisServerException error, Func<Task<string[]>> candidates)
    {
        // A script that has looked itself says it.
        if (!error.Message.Contains("Operation against a key", StringComparison.Ordinal))
            return error;
        try
        {
            string[] keys = await candidates().ConfigureAwait(false);
            RedisType[] kinds = await Task.WhenAll(keys.Select(key => rq.Database.KeyTypeAsync(key))).ConfigureAwait(false);
            for (int i = 0; i < keys.Length; i++)
            {
                if (kinds[i] != RedisType.None && Of(rq.Keys, keys[i]) is { } right && right != Word(kinds[i]))
                    return Wrong(keys[i], Word(kinds[i]), right, error);
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // What was said stays true.
        }

        return error;
    }

    private static RedisServerException Wrong(string key, string found, string right, Exception error) => new(
        RedisErrorKind.UnknownError, CommandFlags.None, $"WRONGTYPE The key '{key}' holds a {found}, where RQ keeps a {right}. Delete or rename it; something else has written it. ({error.Message})");

    private static string Word(RedisType kind) => kind switch
    {
        RedisType.SortedSet => Sorted,
        _ => kind.ToString().ToLowerInvariant(),
    };
}
