using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RQ.Bench;

/// <summary>A redis-server of the benchmark's own: a free port on the loopback, nothing kept on disk, gone at the end.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly Process _process;

    private RedisProcess(Process process, int port)
    {
        _process = process;
        Url = $"redis://127.0.0.1:{port}/0";
    }

    public string Url { get; }

    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<RedisProcess> StartAsync()
    {
        int port = FreePort();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
        try
        {
            var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
            _ = process.StandardOutput.ReadToEndAsync();
            await ListensAsync(process, port);
            return new RedisProcess(process, port);
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException(
                "redis-server is not installed, or not on the PATH. Install it, or name another server: --url redis://host:port/db or --url embedded:.");
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ListensAsync(Process process, int port)
    {
        for (int attempt = 0; attempt < 200 && !process.HasExited; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        if (!process.HasExited)
            process.Kill();
        throw new InvalidOperationException($"redis-server did not start on port {port}.");
    }
}
