using System.ComponentModel;
using System.Diagnostics;

namespace RQ.Bench;

/// <summary>A redis-server of the benchmark's own: a free port on the loopback, nothing kept on disk, gone at the end.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly Process _process;

    private RedisProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public string Url => $"redis://127.0.0.1:{Port}/0";

    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<RedisProcess> StartAsync()
    {
        int port = LoopbackPort.Free();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
        try
        {
            var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
            _ = process.StandardOutput.ReadToEndAsync();
            var redis = new RedisProcess(process, port);
            try
            {
                await LoopbackPort.ListensAsync(process, port);
                return redis;
            }
            catch
            {
                redis.Dispose();
                throw;
            }
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
        _process.WaitForExit();
        _process.Dispose();
    }
}
