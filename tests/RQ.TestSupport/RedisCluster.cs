using System.Globalization;
using System.Net;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>A real Redis cluster on this machine: primaries that share the slots evenly, and replicas where a test adds them.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;

    private readonly List<RedisServer> _primaries = [];
    private readonly List<RedisServer> _replicas = [];

    private readonly int _nodeTimeout;

    private RedisCluster(int nodeTimeout) => _nodeTimeout = nodeTimeout;

    /// <summary>Those that had the slots at first, in their order.</summary>
    public IReadOnlyList<RedisServer> Primaries => _primaries;

    /// <summary>The address, which names all that were primaries at first.</summary>
    public string Url => string.Join(',', _primaries.Select(node => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{node.Port}")));

    /// <summary>Starts one.</summary>
    /// <param name="primaries">How many primaries it has.</param>
    /// <param name="nodeTimeout">After how many milliseconds of silence a node is taken for dead. Short ones are for tests of that: a busy machine lets a process stand still for seconds.</param>
    public static async Task<RedisCluster> StartAsync(int primaries = 3, int nodeTimeout = 15_000)
    {
        var cluster = new RedisCluster(nodeTimeout);
        int[] bus = new int[primaries];
        for (int i = 0; i < primaries; i++)
        {
            (RedisServer node, bus[i]) = await cluster.StartNodeAsync();
            cluster._primaries.Add(node);
            Ask(node, "CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            Ask(node, "CLUSTER", "ADDSLOTSRANGE", First(i), First(i + 1) - 1);
        }

        for (int i = 1; i < primaries; i++)
            Meet(cluster._primaries[0], cluster._primaries[i], bus[i]);
        await cluster.AgreesAsync();
        return cluster;

        int First(int node) => Slots * node / primaries;
    }

    /// <summary>A key prefix whose namespace is on this one of the first primaries.</summary>
    public string PrefixOn(int primary)
    {
        for (int i = 0; ; i++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"{{rq{i}}}:");
            if (SlotOf(prefix) * _primaries.Count / Slots == primary)
                return prefix;
        }
    }

    public int SlotOf(string prefix) => (int)Ask(_primaries.First(node => node.IsRunning), "CLUSTER", "KEYSLOT", prefix);

    /// <summary>Starts a replica of one of the first primaries, and waits until it has everything.</summary>
    public async Task<RedisServer> AddReplicaAsync(int primary)
    {
        (RedisServer node, int bus) = await StartNodeAsync();
        _replicas.Add(node);
        Meet(_primaries[primary], node, bus);
        string id = IdOf(_primaries[primary]);
        await Eventually.BecomesAsync(() => Ask(node, "CLUSTER", "NODES").ToString()!.Contains(id, StringComparison.Ordinal), "the replica knows the primary");
        Ask(node, "CLUSTER", "REPLICATE", id);
        await AgreesAsync();
        await Eventually.BecomesAsync(() => Ask(node, "INFO", "replication").ToString()!.Contains("master_link_status:up", StringComparison.Ordinal), "the replica follows");
        return node;
    }

    /// <summary>Begins to move a slot: from now on the owner refuses scripts, which touch a key that it does not have.</summary>
    public void BeginMove(int slot, int from, int to)
    {
        Ask(_primaries[to], "CLUSTER", "SETSLOT", slot, "IMPORTING", IdOf(_primaries[from]));
        Ask(_primaries[from], "CLUSTER", "SETSLOT", slot, "MIGRATING", IdOf(_primaries[to]));
    }

    /// <summary>Moves some of the slot's keys.</summary>
    /// <returns>How many are left.</returns>
    public int MoveKeys(int slot, int from, int to, int count) => MoveKeys(slot, from, to, _ => true, count);

    /// <summary>Moves the slot's keys that meet the condition.</summary>
    /// <returns>How many are left.</returns>
    public int MoveKeys(int slot, int from, int to, Func<string, bool> isMoved, int count = 10_000)
    {
        string[] keys = [.. ((string[])Ask(_primaries[from], "CLUSTER", "GETKEYSINSLOT", slot, count)!).Where(isMoved)];
        if (keys.Length > 0)
            Ask(_primaries[from], ["MIGRATE", "127.0.0.1", _primaries[to].Port, "", 0, 10_000, "KEYS", .. keys.Select(key => (RedisValue)key)]);
        return (int)Ask(_primaries[from], "CLUSTER", "COUNTKEYSINSLOT", slot);
    }

    /// <summary>Moves what is left, and the slot itself.</summary>
    public async Task CompleteMoveAsync(int slot, int from, int to)
    {
        while (MoveKeys(slot, from, to, 1000) > 0)
        {
        }

        string id = IdOf(_primaries[to]);
        foreach (RedisServer node in new[] { _primaries[to], _primaries[from] }.Concat(_primaries))
            Ask(node, "CLUSTER", "SETSLOT", slot, "NODE", id);
        await AgreesAsync();
    }

    /// <summary>Sends a command to one node.</summary>
    public static RedisResult Ask(RedisServer node, params RedisValue[] command) => Ask(node.Port, command);

    /// <summary>Sends a command to whatever listens on the port; again when the server closes the connection, as one does that becomes a primary or a replica.</summary>
    public static RedisResult Ask(int port, params RedisValue[] command)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using RespConnection connection = RespConnection.Connect(new RespEndpoint(new IPEndPoint(IPAddress.Loopback, port), null, null, 0), null, TimeSpan.FromSeconds(20));
                connection.Write(command);
                connection.Flush();
                return RespConnection.ThrowIfError(connection.Receive());
            }
            catch (IOException) when (attempt < 5)
            {
                // Whoever closed it has done what it had to do by the next attempt, or the one after.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer node in _primaries.Concat(_replicas))
            await node.DisposeAsync();
    }

    /// <summary>Waits until all that run know each other and serve all slots.</summary>
    public Task AgreesAsync()
    {
        RedisServer[] running = [.. _primaries.Concat(_replicas).Where(node => node.IsRunning)];
        return Eventually.BecomesAsync(
            () => Array.TrueForAll(running, node => Ask(node, "CLUSTER", "INFO").ToString() is { } info
                && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                && info.Contains(string.Create(CultureInfo.InvariantCulture, $"cluster_known_nodes:{_primaries.Count + _replicas.Count}"), StringComparison.Ordinal)),
            "the cluster agrees");
    }

    private async Task<(RedisServer Node, int Bus)> StartNodeAsync()
    {
        int bus = RedisServer.FreePort();
        RedisServer node = await RedisServer.StartAsync(
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", bus.ToString(CultureInfo.InvariantCulture), 
            "--cluster-node-timeout", _nodeTimeout.ToString(CultureInfo.InvariantCulture));
        return (node, bus);
    }

    private static void Meet(RedisServer one, RedisServer other, int bus) => Ask(one, "CLUSTER", "MEET", "127.0.0.1", other.Port, bus);

    private static string IdOf(RedisServer node) => (string)Ask(node, "CLUSTER", "MYID")!;
}
