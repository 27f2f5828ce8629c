using StackExchange.Redis;

namespace RQ.Tool.Tests;

internal static class ServerPassword
{
    /// <summary>From here on new connections need a password.</summary>
    public static async Task RequirePasswordAsync(this RedisServer server, string password)
    {
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        await admin.GetServers()[0].ConfigSetAsync("requirepass", password);
    }
}
