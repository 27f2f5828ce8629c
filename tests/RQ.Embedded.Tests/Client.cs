using StackExchange.Redis;

namespace RQ.Embedded.Tests;

internal static class Client
{
    public static async Task<ConnectionMultiplexer> ConnectAsync(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AllowAdmin = true; // CLIENT, SAVE
        options.ConnectTimeout = 30_000;
        options.AsyncTimeout = 30_000;
        options.ReconnectRetryPolicy = new LinearRetry(100);
        // Commands of a broken connection fail at once instead of waiting for the next one: tests see the gap.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public static Task<ConnectionMultiplexer> ConnectAsync(EmbeddedServer server) => ConnectAsync(server.ConnectionString);
}
