using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>A real Redis Sentinel that watches one server, under the name <c>mymaster</c>.</summary>
public sealed class RedisSentinel : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-sentinel-");
    private Process? _process;

    public int Port { get; } = RedisServer.FreePort();

    /// <param name="watched">The server that is the primary at first.</param>
    /// <param name="watchedPassword">The primary's password; <c>null</c> for none.</param>
    /// <param name="password">The sentinel's own password; <c>null</c> for none.</param>
    /// <param name="quorum">How many sentinels must agree that the primary is gone.</param>
    public static async Task<RedisSentinel> StartAsync(RedisServer watched, string? watchedPassword = null, string? password = null, int quorum = 1)
    {
        var sentinel = new RedisSentinel();
        string file = Path.Combine(sentinel._directory.FullName, "sentinel.conf");
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"port {sentinel.Port}"), "bind 127.0.0.1", $"dir {sentinel._directory.FullName}", "loglevel warning",
            string.Create(CultureInfo.InvariantCulture, $"sentinel monitor mymaster 127.0.0.1 {watched.Port} {quorum}"), "sentinel down-after-milliseconds mymaster 3000",
            "sentinel failover-timeout mymaster 5000",
            watchedPassword is null ? "" : $"sentinel auth-pass mymaster {watchedPassword}", password is null ? "" : $"requirepass {password}",
        ];
        await File.WriteAllLinesAsync(file, lines);
        sentinel._process = Process.Start(new ProcessStartInfo("redis-server", [file, "--sentinel"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _ = sentinel._process.StandardOutput.ReadToEndAsync();
        _ = sentinel._process.StandardError.ReadToEndAsync();
        await Eventually.BecomesAsync(() => sentinel.KnowsAsync(password), "the sentinel knows its primary");
        return sentinel;
    }

    /// <summary>SIGSTOP: it takes connections and answers nothing, as one whose machine is gone does.</summary>
    public void Freeze() => _process!.Send("STOP");

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Task.Yield();
        _directory.Delete(recursive: true);
    }

    private async Task<bool> KnowsAsync(string? password)
    {
        try
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.SentinelConnectAsync(
                $"127.0.0.1:{Port},connectTimeout=1000" + (password is null ? "" : $",password={password}"));
            return await connection.GetServer("127.0.0.1", Port).SentinelGetMasterAddressByNameAsync("mymaster") is not null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }
}
