using RQ.Diagnostics;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Warns of a server that throws keys away when its memory is full, as caches do.</summary>
internal static class EvictionPolicy
{
    private const string Mark = "maxmemory_policy:";

    /// <param name="setup">The worker that tells.</param>
    /// <param name="memory">The answer to <c>INFO memory</c>; an error when the server does not tell.</param>
    public static void Tell(WorkerSetup setup, RedisResult memory)
    {
        switch (Read(memory))
        {
            case var all when all.StartsWith("allkeys-", StringComparison.Ordinal):
                Log.EvictsAnyKey(setup.Log, setup.Name, all);
                break;
            case not "" and not "noeviction" and var some:
                Log.EvictsExpiringKeys(setup.Log, setup.Name, some);
                break;
        }
    }

    /// <summary>The policy; empty when it is not known.</summary>
    private static string Read(RedisResult memory) => memory.Resp2Type != ResultType.BulkString
        ? ""
        : ((string?)memory ?? "").Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))?[Mark.Length..] ?? "";
}
