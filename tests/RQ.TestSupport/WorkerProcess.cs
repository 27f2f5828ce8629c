using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RQ.TestSupport;

/// <summary>A real worker process: the <c>rq worker</c> command with this assembly's jobs, to be killed with real signals.</summary>
public sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private WorkerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _lines);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it and waits until it listens. Jobs run in its process, unless the arguments say <c>--isolation</c>.</summary>
    public static Task<WorkerProcess> StartAsync(string url, params string[] arguments) => StartCommandAsync("worker", url, arguments);

    /// <summary>The same for <c>rq worker-pool</c>.</summary>
    public static Task<WorkerProcess> StartPoolAsync(string url, params string[] arguments) => StartCommandAsync("worker-pool", url, arguments);

    private static async Task<WorkerProcess> StartCommandAsync(string command, string url, string[] arguments)
    {
        if (!arguments.Contains("--isolation"))
            arguments = ["--isolation", "none", .. arguments];
        var start = new ProcessStartInfo("dotnet",
            [Tool, command, "-u", url, "--assembly", typeof(WorkerProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return await StartAsync(start, "*** Listening on");
    }

    /// <summary>A scheduler, or a worker that has one, in a process: the mode and arguments are those of the program RQ.Scheduler.TestHost.</summary>
    public static Task<WorkerProcess> StartSchedulerAsync(string mode, string url, params string[] queues) => StartAsync(
        new ProcessStartInfo("dotnet", [Tool.Replace("RQ.Tool", "RQ.Scheduler.TestHost", StringComparison.Ordinal), mode, url, .. queues])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        },
        "started with PID");

    private static async Task<WorkerProcess> StartAsync(ProcessStartInfo start, string sign)
    {
        var worker = new WorkerProcess(Process.Start(start)!);
        await Eventually.BecomesAsync(() => worker.Output.Contains(sign) || worker._process.HasExited, "the worker process listens");
        // Then all that it has printed is read.
        if (worker._process.HasExited)
            await worker._process.WaitForExitAsync();
        return worker.Output.Contains(sign) ? worker : throw new InvalidOperationException($"The worker ended at once:\n{worker.Output}");
    }

    /// <summary>The tool as built beside the tests, in the same configuration.</summary>
    public static string Tool
    {
        get
        {
            string configuration = Path.GetFileName(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location)!);
            string bin = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location)!, "../.."));
            return Path.Combine(bin, "RQ.Tool", configuration, "RQ.Tool.dll");
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>The processes that it has started, such as its work horses.</summary>
    public int[] Children()
    {
        using Process pgrep = Process.Start(new ProcessStartInfo("pgrep", ["-P", _process.Id.ToString()]) { RedirectStandardOutput = true })!;
        string[] lines = pgrep.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        pgrep.WaitForExit();
        return Array.ConvertAll(lines, int.Parse);
    }

    public void Signal(PosixSignal signal) => _process.Send(signal == PosixSignal.SIGINT ? "INT" : "TERM");

    /// <summary>SIGSTOP: the process stands still.</summary>
    public void Freeze() => _process.Send("STOP");

    /// <summary>SIGCONT: it goes on.</summary>
    public void Thaw() => _process.Send("CONT");

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
