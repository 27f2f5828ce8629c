using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>Something is wrong with the server, one thing at a time.</summary>
/// <param name="name">As it is named.</param>
/// <param name="description">One line.</param>
/// <param name="share">How often.</param>
/// <param name="strike">Makes it wrong, and right again.</param>
internal sealed class ServerFault(string name, string description, int share, Func<RedisProcess, Strike, Task> strike) : FaultKind
{
    public override string Name => name;

    public override string Description => description;

    public override int Share => share;

    public override bool IsServers => true;

    public override bool NeedsDurability { get; } = name == "server-kill";

    public override bool Fits(Troupe cast) => true;

    public static IEnumerable<FaultKind> All() =>
    [
        new ServerFault("server-restart", "SIGTERM to Redis, which is back after 0–3 s", 20, (server, strike) => RestartAsync(server, strike, Signals.Terminate)),
        new ServerFault("server-kill", "kill -9 of Redis (appendfsync always), which is back after 0–3 s", 20, (server, strike) => RestartAsync(server, strike, Signals.Kill)),
        new ServerFault("server-stall", "SIGSTOP of Redis, SIGCONT after 1–12 s", 15, StallAsync),
        new ServerFault("server-full", "maxmemory is reached for 0.5–3 s (noeviction)", 20, FillAsync),
        new ServerFault("server-read-only", "Redis is a replica for 0.3–2 s, as after a failover", 20, DemoteAsync),
        new ServerFault("script-flush", "SCRIPT FLUSH", 20, (server, _) => server.AskAsync("SCRIPT", "FLUSH")),
        new ServerFault("client-kill", "CLIENT KILL TYPE normal: all connections", 20, (server, _) => server.AskAsync("CLIENT", "KILL", "TYPE", "normal")),
    ];

    public override async Task<bool> StrikeAsync(Strike blow)
    {
        if (!blow.Cast.Server.Turn.Wait(0))
            return false;
        try
        {
            Fault fault = blow.Log.Begin(this);
            await strike(blow.Cast.Server, blow);
            blow.Log.End(fault);
            // Work has to go on between two of them.
            await Task.Delay(blow.Time(1, 3));
            return true;
        }
        finally
        {
            blow.Cast.Server.Turn.Release();
        }
    }

    private static async Task RestartAsync(RedisProcess server, Strike strike, int signal)
    {
        await server.EndAsync(signal);
        await Task.Delay(strike.Time(0, 3));
        server.Start();
        await server.AnswersAsync();
    }

    private static async Task StallAsync(RedisProcess server, Strike strike)
    {
        Signals.Send(server.Pid, Signals.Stop);
        await Task.Delay(strike.Time(1, 12));
        Signals.Send(server.Pid, Signals.Continue);
        await server.AnswersAsync();
    }

    private static async Task FillAsync(RedisProcess server, Strike strike)
    {
        await server.AskAsync("CONFIG", "SET", "maxmemory", "1");
        await Task.Delay(strike.Time(0.5, 3));
        await server.AskAsync("CONFIG", "SET", "maxmemory", "0");
    }

    // Nobody listens there, so it keeps its data and refuses writes.
    private static async Task DemoteAsync(RedisProcess server, Strike strike)
    {
        await server.AskAsync("REPLICAOF", "127.0.0.1", "1");
        await Task.Delay(strike.Time(0.3, 2));
        await server.AskAsync("REPLICAOF", "NO", "ONE");
    }
}
