using System.Text.RegularExpressions;
using RQ.Redis;
using Shouldly;

namespace RQ.Conformance.Security;

/// <summary>
/// What the rights of a role follow from: the scripts that it calls, whose commands are all needed one day, however seldom, and the commands that it calls itself.
/// </summary>
/// <param name="Name">The user's name on the page.</param>
/// <param name="Scripts">The scripts; <c>null</c> for all.</param>
/// <param name="Direct">Commands that no script calls.</param>
/// <param name="OnlyReads">Whether the commands of its scripts that write are never called by it: they are in what scripts share.</param>
internal sealed record AclRole(string Name, string[]? Scripts, string[] Direct, bool OnlyReads = false)
{
    /// <summary>What every connection begins with, and what it does when it is idle, ends, or has another database than 0.</summary>
    private static readonly string[] s_connection =
        ["ping", "echo", "select", "info", "client|id", "client|setname", "command|info", "subscribe", "unsubscribe", "eval", "evalsha", "get"];

    private static readonly string[] s_writing =
    [
        "copy", "del", "expire", "hdel", "hincrby", "hset", "hsetnx", "lmove", "lpop", "lpush", "lrem", "lset", "ltrim", "persist", "pexpire", "pexpireat", "publish", "rpush", "sadd", "set", "srem",
        "xadd", "zadd", "zrem", "zremrangebyrank", "zremrangebyscore",
    ];

    /// <summary>Words in capitals within scripts that are commands, and those that are options of commands.</summary>
    private static readonly HashSet<string> s_commands =
    [
        .. s_writing, "exists", "get", "hexists", "hget", "hgetall", "hlen", "hmget", "lindex", "llen", "lpos", "lrange", "pttl", "scard", "sismember", "smembers", "srandmember", "sscan", "time", "ttl", "type",
        "zcard", "zrange", "zrangebyscore", "zrevrange", "zscore",
    ];

    private static readonly HashSet<string> s_options = ["nx", "xx", "ex", "px", "gt", "lt", "ch", "limit", "count", "maxlen", "match", "left", "right", "rank", "rev", "byscore", "keepttl", "replace", "withscores", "wrongtype"];

    public static AclRole Producer { get; } = new(
        "rq-producer", ["enqueue", "enqueue_plain", "admit", "release", "cancel", "read", "set_meta", "reschedule"], ["hkeys", "lrange", "xread", "xrevrange"])
    {
        Rare = ["~rq:execution:*", "~rq:executions:*"],
    };

    public static AclRole Worker { get; } = new("rq-worker", null, ["script|load", "client|unblock", "client|kill", "blmove", "hkeys", "unlink", "xrevrange"]);

    public static AclRole Scheduler { get; } = new(
        "rq-scheduler",
        [
            "promote", "enqueue", "admit", "release", "cancel", "read", "hold_schedules", "let_go_schedules", "cron_announce", "cron_check", "cron_owned", "cron_pass", "cron_postpone", "cron_read", "cron_release",
            "cron_schedulers", "cron_skip", "cron_store",
        ],
        [])
    {
        Rare = ["~rq:execution:*", "~rq:executions:*", "~rq:finished:*", "~rq:group:*", "~rq:job-log:*", "&rq:pubsub:*"],
    };

    public static AclRole Operator { get; } = new("rq-operator", ["read", "read_workers", "cron_read", "cron_schedulers"], ["lrange", "lpos", "llen", "exists", "sismember", "zcard", "zcount", "zrange", "xrevrange"], OnlyReads: true);

    /// <summary>The rights that the page lists are those that follow from this, and what was measured is among them.</summary>
    public void ShouldNeedAll(AclServer.Usage usage)
    {
        string[] rules = AclServer.RulesOf(Name);
        string[] allowed = [.. rules.Where(rule => rule.StartsWith('+')).Select(rule => rule[1..])];
        string[] needed = [.. s_connection.Concat(Direct).Concat(CommandsOfScripts()).Distinct()];
        allowed.ShouldBe(needed, ignoreOrder: true, $"{Name} needs: +{string.Join(" +", needed.Order(StringComparer.Ordinal))}");

        Direct.Except(usage.Commands).Except(["client|kill", "hkeys", "xread", "xrevrange"]).ShouldBeEmpty($"{Name} was seen to call only {string.Join(' ', usage.Commands.Order(StringComparer.Ordinal))}");
        Dictionary<string, string> names = All().ToDictionary(script => script.HashText, script => script.Name);
        usage.Words.Where(names.ContainsKey).Select(hash => names[hash]).Except(Scripts ?? [.. names.Values]).ShouldBeEmpty($"{Name} calls more scripts");
        rules.Where(rule => rule.Contains('~') || rule.StartsWith('&')).Where(rule => !IsUsed(rule[(rule.IndexOfAny(['~', '&']) + 1)..], usage)).Except(Rare).ShouldBeEmpty();
    }

    /// <summary>Patterns of keys that only a failure brings up, or jobs of kinds that the tests do not have.</summary>
    public string[] Rare { get; init; } = [];

    private static bool IsUsed(string pattern, AclServer.Usage usage) =>
        usage.Words.Any(word => pattern.EndsWith('*') ? word.StartsWith(pattern[..^1], StringComparison.Ordinal) : word == pattern);

    private IEnumerable<string> CommandsOfScripts()
    {
        foreach (Script script in All().Where(script => Scripts is null || Scripts.Contains(script.Name)))
        {
            foreach (Match word in Regex.Matches(script.Source, "'([A-Z]{2,})'"))
            {
                string command = word.Groups[1].Value.ToLowerInvariant();
                (s_commands.Contains(command) || s_options.Contains(command)).ShouldBeTrue($"{script.Name}.lua says {command}, of which is not known here whether it is a command");
                if (s_commands.Contains(command) && !(OnlyReads && s_writing.Contains(command)))
                    yield return command;
            }
        }
    }

    private static IEnumerable<Script> All() => typeof(Script).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).Select(name => Script.Load(name[..^4]));
}
