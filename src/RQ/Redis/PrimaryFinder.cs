using System.Diagnostics;
using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Finds the server that holds a namespace now: the primary, or on a cluster the one that has the namespace's slot. The shared connection knows
/// it, and servers that were asked in vain tell it.
/// </summary>
/// <param name="multiplexer">The shared connection.</param>
/// <param name="configuration">How it was made.</param>
/// <param name="key">Any key of the namespace.</param>
internal sealed class PrimaryFinder(LateMultiplexer multiplexer, ConfigurationOptions configuration, RedisKey key)
{
    private const string MovedMark = "MOVED ";

    /// <summary>For so long what a server has told counts for more than what the shared connection knows, which learns it meanwhile.</summary>
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task _looking = Task.CompletedTask;
    private volatile Told? _told;
    private volatile EndPoint? _last;

    /// <summary>
    /// Where it is, as far as is known. Asks nobody, because it is also called while asynchronous calls do not come through. While nothing is connected the last
    /// one is the best guess: the configured addresses may be those of sentinels.
    /// </summary>
    public EndPoint Current
    {
        get
        {
            if (_told is { } told && Stopwatch.GetElapsedTime(told.At) < s_fresh)
                return told.Address;
            IServer[] servers = multiplexer.Value.GetServers();
            EndPoint? primary = SlotOwner(servers) ?? Array.Find(servers, server => server.IsConnected && !server.IsReplica)?.EndPoint;
            if (primary is not null)
                _last = primary;
            return primary ?? _last ?? configuration.EndPoints[0];
        }
    }

    /// <summary>A server of a cluster has answered that another one has the slot.</summary>
    /// <param name="answer"><c>MOVED 3999 host:port</c>; of an unknown host the one that has answered.</param>
    /// <param name="by">Who has answered.</param>
    public void Tell(string answer, EndPoint by)
    {
        if (Read(answer, by) is not { } address)
            return;
        _told = new Told(address, Stopwatch.GetTimestamp());
        _ = LookAsync();
    }

    /// <summary>Has the shared connection ask all servers who is what; left alone, it does so once a minute. Never fails: what it has found shows in the next call.</summary>
    public Task LookAsync()
    {
        lock (_lock)
        {
            if (_looking.IsCompleted)
                _looking = AskAsync();
            return _looking;
        }
    }

    private async Task AskAsync()
    {
        try
        {
            await multiplexer.Value.ConfigureAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // The call that follows says what is wrong.
        }
    }

    private EndPoint? SlotOwner(IServer[] servers)
    {
        foreach (IServer server in servers)
        {
            if (server is { ServerType: ServerType.Cluster, IsConnected: true } && server.ClusterConfiguration?.GetBySlot(key)?.EndPoint is { } owner
                && Array.Exists(servers, each => each.IsConnected && !each.IsReplica && owner.Equals(each.EndPoint)))
                return owner;
        }

        return null;
    }

    private static EndPoint? Read(string answer, EndPoint by)
    {
        string[] words = answer.Split(' ');
        if (!answer.StartsWith(MovedMark, StringComparison.Ordinal) || words.Length < 3)
            return null;
        int colon = words[2].LastIndexOf(':');
        if (colon < 0 || !int.TryParse(words[2].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
            return null;
        string host = words[2][..colon];
        if (host is "" or "?")
        {
            return by switch
            {
                IPEndPoint ip => new IPEndPoint(ip.Address, port),
                DnsEndPoint dns => new DnsEndPoint(dns.Host, port),
                _ => null,
            };
        }

        return IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private sealed record Told(EndPoint Address, long At);
}
