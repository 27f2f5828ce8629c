using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Chaos.Cast;

/// <summary>The server: a real redis-server with an append-only file, which is killed, stopped and started again. The harness reaches it past all links.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private Process? _process;
    private ConnectionMultiplexer? _control;

    private RedisProcess(DirectoryInfo directory)
    {
        _directory = directory;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    public int Pid => _process!.Id;

    /// <summary>Whether it answers a write only once that is on the disk: then kill -9 loses nothing that was acknowledged.</summary>
    public bool IsDurable { get; private set; }

    /// <summary>Held by whoever strikes it, so that one thing at a time happens to it.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    public IDatabase Database => _control!.GetDatabase();

    public static async Task<RedisProcess> StartAsync(DirectoryInfo directory)
    {
        var server = new RedisProcess(directory);
        server.Start();
        server._control = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{server.Port},allowAdmin=true,abortConnect=false,connectTimeout=1000,asyncTimeout=30000,syncTimeout=30000,connectRetry=100");
        await server.AnswersAsync();
        return server;
    }

    public void Start()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _directory.FullName, "--save", "", "--appendonly", "yes",
            "--appendfsync", IsDurable ? "always" : "everysec", "--loglevel", "notice", "--logfile", "redis.log",
            "--auto-aof-rewrite-min-size", "32mb", "--maxmemory-policy", "noeviction",
        ];
        var start = new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Ends it, by SIGKILL or SIGTERM, and waits until it has.</summary>
    public async Task EndAsync(int signal)
    {
        Signals.Send(_process!.Id, signal);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Waits until it answers, its data loaded.</summary>
    public async Task AnswersAsync()
    {
        byte[] answer = new byte[1];
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
                // An error while it loads, +PONG then.
                if (await client.GetStream().ReadAsync(answer) == 1 && answer[0] == (byte)'+')
                    return;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // It is not there yet.
            }

            await Task.Delay(20);
        }
    }

    /// <summary>From now on kill -9 loses nothing that was acknowledged.</summary>
    public async Task BecomeDurableAsync()
    {
        await AskAsync("CONFIG", "SET", "appendfsync", "always");
        IsDurable = true;
    }

    /// <summary>Sends a command of the harness's own, until it is answered.</summary>
    public async Task<RedisResult> AskAsync(string command, params object[] arguments)
    {
        while (true)
        {
            try
            {
                return await Database.ExecuteAsync(command, arguments);
            }
            catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException
                || exception is RedisServerException && exception.Message.StartsWith("LOADING", StringComparison.Ordinal))
            {
                await Task.Delay(50);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
            await _control.DisposeAsync();
        if (_process is not null)
            await EndAsync(Signals.Kill);
        Turn.Dispose();
    }
}
