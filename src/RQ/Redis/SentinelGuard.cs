using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Asks the sentinels before a connection is made. A primary that was overtaken and comes back takes itself for the primary until they tell it otherwise, some
/// seconds later, and what is written to it meanwhile is lost.
/// </summary>
internal sealed class SentinelGuard
{
    private static readonly TimeSpan s_longestPatience = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _patience;
    private readonly EndPoint[] _sentinels;
    private readonly string _service;
    private readonly Func<EndPoint, RespEndpoint> _reach;

    private SentinelGuard(EndPoint[] sentinels, string service, TimeSpan patience, Func<EndPoint, RespEndpoint> reach)
    {
        _sentinels = sentinels;
        _service = service;
        _patience = patience;
        _reach = reach;
    }

    /// <param name="configuration">How the shared connection is about to be made; it then asks, too.</param>
    /// <param name="reach">How to connect to an address.</param>
    /// <returns><c>null</c> when the addresses are not those of sentinels.</returns>
    public static SentinelGuard? Join(ConfigurationOptions configuration, Func<EndPoint, RespEndpoint> reach)
    {
        if (string.IsNullOrEmpty(configuration.ServiceName))
            return null;
        // The connection that is about to be made has to be made in the rest of the time.
        TimeSpan half = TimeSpan.FromMilliseconds(configuration.ConnectTimeout / 2);
        var guard = new SentinelGuard([.. configuration.EndPoints], configuration.ServiceName, half < s_longestPatience ? half : s_longestPatience, reach);
        configuration.BeforeSocketConnect += guard.CheckShared;
        return guard;
    }

    /// <summary>For a connection that must lead to the primary. When no sentinel can be asked, nothing is said against it.</summary>
    /// <exception cref="IOException">The primary is another one.</exception>
    public void Check(EndPoint address)
    {
        if (Primary() is { } primary && primary != Text(address))
            throw new IOException($"The sentinels say that {primary} is the primary of '{_service}' now, and not {Text(address)}.");
    }

    /// <summary>Whether the sentinels say that another one is the primary.</summary>
    public bool Denies(EndPoint address) => Primary() is { } primary && primary != Text(address);

    /// <summary>The shared connection also leads to sentinels and replicas.</summary>
    private void CheckShared(EndPoint address, ConnectionType type, Socket socket)
    {
        string text = Text(address);
        if (Array.Exists(_sentinels, sentinel => Text(sentinel) == text) || Primary() is not { } primary || primary == text)
            return;
        if (Ask(address, "ROLE") is { Length: > 0 } role && (string?)role[0] == "master")
            throw new IOException($"{text} takes itself for the primary of '{_service}', but the sentinels say that {primary} is.");
    }

    /// <summary>What the sentinel says that has heard the last: one that is cut off goes on naming the old one.</summary>
    private string? Primary()
    {
        // All at once: one that is away must not take the time of the others. On threads of their own, because the heartbeat asks while the thread pool is starved.
        var answers = new RedisResult?[_sentinels.Length];
        Thread[] asking = [.. _sentinels.Select((sentinel, i) => new Thread(() => answers[i] = Ask(sentinel, "SENTINEL", "MASTER", _service)) { IsBackground = true, Name = "rq sentinel" })];
        foreach (Thread each in asking)
            each.UnsafeStart();
        foreach (Thread each in asking)
            each.Join();
        string? primary = null;
        long newest = -1;
        foreach (RedisResult answer in answers.OfType<RedisResult>())
        {
            var fields = new Dictionary<string, string>();
            for (int i = 0; i + 1 < answer.Length; i += 2)
                fields[(string)answer[i]!] = (string)answer[i + 1]!;
            long epoch = long.Parse(fields.GetValueOrDefault("config-epoch", "0"), CultureInfo.InvariantCulture);
            if (epoch > newest && fields.TryGetValue("ip", out string? host) && fields.TryGetValue("port", out string? port))
                (newest, primary) = (epoch, $"{host}:{port}".ToLowerInvariant());
        }

        return primary;
    }

    /// <returns>The answer; <c>null</c> when there is none, or an error.</returns>
    private RedisResult? Ask(EndPoint address, params ReadOnlySpan<RedisValue> command)
    {
        RespEndpoint endpoint = _reach(address);
        RedisResult? answer = TryAsk(endpoint, command, out bool isRefused);
        // The password may be meant for the servers alone, or for both.
        return isRefused && endpoint.Password is not null ? TryAsk(endpoint with { User = null, Password = null }, command, out _) : answer;
    }

    private RedisResult? TryAsk(RespEndpoint endpoint, ReadOnlySpan<RedisValue> command, out bool isRefused)
    {
        isRefused = false;
        try
        {
            using RespConnection connection = RespConnection.Connect(endpoint, null, _patience);
            connection.Write(command);
            connection.Flush();
            RedisResult answer = connection.Receive();
            if (answer.Resp2Type != ResultType.Error)
                return answer;
            isRefused = true;
        }
        catch (Exception exception)
        {
            // Whatever it is: this is the whole of a thread.
            isRefused = exception.InnerException is RedisServerException;
        }

        return null;
    }

    private static string Text(EndPoint address) => (address switch
    {
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        IPEndPoint ip => string.Create(CultureInfo.InvariantCulture, $"{ip.Address}:{ip.Port}"),
        _ => address.ToString() ?? "",
    }).ToLowerInvariant();
}
