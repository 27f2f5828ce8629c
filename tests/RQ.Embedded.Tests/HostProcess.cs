using System.Diagnostics;
using Shouldly;

namespace RQ.Embedded.Tests;

/// <summary>Another process that has the directory open.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private bool _disposed;

    private HostProcess(Process process, string role, string connectionString)
    {
        _process = process;
        Role = role;
        ConnectionString = connectionString;
    }

    /// <summary><c>owner</c> or <c>joined</c>, at its start.</summary>
    public string Role { get; }

    public string ConnectionString { get; }

    public static async Task<HostProcess> StartAsync(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!.Contains("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "RQ.Embedded.TestHost.dll"), directory },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
            var words = line.ShouldNotBeNull("The other process ended before its server was up.").Split(' ');
            return new HostProcess(process, words[0], words[1]);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async Task LeaveAsync()
    {
        _process.StandardInput.Close();
        (await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().ShouldBe("left");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
