using System.Diagnostics;
using System.Globalization;

namespace RQ.Bench.Parts;

/// <summary>Workers in processes of their own, which end with this object.</summary>
internal sealed class WorkerProcesses : IDisposable
{
    private readonly Process[] _processes;

    private WorkerProcesses(Process[] processes) => _processes = processes;

    public static WorkerProcesses Start(PartContext context, int count)
    {
        string[] arguments = ["--worker", "--url", context.Url, "--concurrency", context.Options.Concurrency.ToString(CultureInfo.InvariantCulture)];
        return new WorkerProcesses([.. Enumerable.Range(0, count).Select(_ => Process.Start(ThisProgram.Command(arguments))!)]);
    }

    /// <summary>Starts <c>rq worker</c>, with the benchmark's jobs.</summary>
    public static WorkerProcesses StartTool(PartContext context)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "RQ.Tool.dll");
        string jobs = typeof(WorkerProcesses).Assembly.Location;
        return new WorkerProcesses([Process.Start("dotnet", [
            "exec", tool, "worker", Workload.QueueName, "--quiet", "-u", context.Url, "--assembly", jobs,
            "--isolation", "none", "--concurrency", context.Options.Concurrency.ToString(CultureInfo.InvariantCulture)])]);
    }

    /// <summary>Waits until all have registered.</summary>
    public async Task RegisteredAsync(RqConnection rq)
    {
        for (int i = 0; await Worker.CountAsync(rq) < _processes.Length; i++)
        {
            if (i > 600 || Array.Exists(_processes, process => process.HasExited))
                throw new InvalidOperationException("A worker process ended, or did not register within a minute.");
            await Task.Delay(100);
        }
    }

    /// <summary>Resident memory of the first one now, and the most there was, in bytes.</summary>
    public (double Now, double Most) Memory()
    {
        string[] lines = File.ReadAllLines($"/proc/{_processes[0].Id}/status");
        double Bytes(string name) => 1024 * double.Parse(
            lines.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return (Bytes("VmRSS:"), Bytes("VmHWM:"));
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
