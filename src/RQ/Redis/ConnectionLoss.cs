using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>Tells a server that is away, restarting or overtaken from errors that waiting does not mend.</summary>
internal static class ConnectionLoss
{
    private static readonly string[] s_passing = ["LOADING ", "READONLY ", "MASTERDOWN ", "BUSY ", "CLUSTERDOWN ", "TRYAGAIN ", "OOM ", "UNBLOCKED ", "MISCONF ", "NOREPLICAS ", "MOVED ", "ASK "];

    /// <summary>Whether the same call may succeed later.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        RedisConnectionException or RedisTimeoutException or IOException or SocketException => true,
        RedisServerException server => Refusal.Says(server.Message, s_passing),
        AggregateException many => many.InnerExceptions.All(Is),
        _ => false,
    };
}
