using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Xunit.v3;

namespace RQ.TestSupport;

/// <summary>A real redis-server on a free port. Without one installed a test is skipped, or fails when CI=true.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int FirstPort = 10_500;
    private const int Ports = 9_000;
    private static int s_ports = Random.Shared.Next(Ports);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-redis-");
    private readonly string[] _options;
    private Process? _process;

    private RedisServer(int port, string[] options)
    {
        Port = port;
        _options = options;
    }

    public int Port { get; }

    /// <summary>The address of one of its 4,096 databases.</summary>
    public string Url(int database = 0) => $"redis://127.0.0.1:{Port}/{database}";

    /// <summary>Starts a server. Nothing is kept on disk unless the options say so (<c>--appendonly yes</c>).</summary>
    public static async Task<RedisServer> StartAsync(params string[] options)
    {
        var server = new RedisServer(FreePort(), options);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, also again on the same port and directory after <see cref="Kill"/>.</summary>
    public async Task StartAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(), "--bind", "127.0.0.1", "--dir", _directory.FullName, "--save", "", "--databases", "4096",
            "--enable-debug-command", "yes", "--loglevel", "warning", .. _options,
        ];
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            bool isRequired = Environment.GetEnvironmentVariable("CI") == "true";
            throw new InvalidOperationException((isRequired ? "" : DynamicSkipToken.Value) + "This test needs redis-server on the PATH.");
        }

        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        await Eventually.BecomesAsync(AnswersAsync, "redis-server answers");
    }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process = null;
    }

    /// <summary>SIGSTOP: it stands still, and its connections stay.</summary>
    public void Freeze() => _process!.Send("STOP");

    /// <summary>SIGCONT: it goes on.</summary>
    public void Thaw() => _process!.Send("CONT");

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Task.Yield();
        _directory.Delete(recursive: true);
    }

    /// <summary>
    /// A port that nothing listens on at this moment. None that the system gives to whoever asks for any, so that it is still free when a server that was killed comes back,
    /// and none of those that the embedded servers take.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = FirstPort + (int)((uint)Interlocked.Increment(ref s_ports) % Ports);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process is { HasExited: true })
            throw new InvalidOperationException($"redis-server ended with exit code {_process.ExitCode}.");
        try
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},connectTimeout=1000");
            await connection.GetDatabase().PingAsync();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }
}
