using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>What a cluster asks of a namespace: that all its keys have one tag, and so are on one server.</summary>
internal static class ClusterRules
{
    /// <exception cref="RqException">The server is a cluster, and this namespace cannot be on one.</exception>
    public static void Check(IConnectionMultiplexer multiplexer, string prefix, int database)
    {
        if (!IsCluster(multiplexer))
            return;
        if (TagOf(prefix) is null)
        {
            throw new RqException(
                $"The server is a cluster, and the keys of the prefix '{prefix}' would be spread over all its nodes. Give the connection a prefix with a tag in braces, such as " +
                "RqConnectionOptions.KeyPrefix = \"{rq}:\" (rq --key-prefix '{rq}:'), which keeps a namespace on one node. Python's RQ has no prefixes and cannot use a cluster.");
        }

        if (database != 0)
            throw new RqException($"The server is a cluster, which has only database 0, and the address names database {database}. Leave it out; a key prefix of its own keeps one application's queues from another's.");
    }

    public static bool IsCluster(IConnectionMultiplexer multiplexer) => Array.Exists(multiplexer.GetServers(), server => server.ServerType == ServerType.Cluster);

    /// <summary>By what alone the slot of all keys with this prefix is chosen; <c>null</c> when the rest of the key counts too.</summary>
    public static string? TagOf(string prefix)
    {
        int open = prefix.IndexOf('{', StringComparison.Ordinal);
        int close = open < 0 ? -1 : prefix.IndexOf('}', open + 1);
        return close > open + 1 ? prefix[(open + 1)..close] : null;
    }
}
