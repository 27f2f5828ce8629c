using StackExchange.Redis;

namespace RQ.Tool.Tests;

internal static class WorldKeys
{
    /// <summary>The world's database, for keys by their names in RQ.</summary>
    public static IDatabase Database(this TestWorld world) => world.Rq.Multiplexer.GetDatabase();
}
