using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Cron;

/// <summary>A run of the program that stores schedules at its start.</summary>
internal sealed class CronProgram
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private CronProgram(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static CronProgram Start(params string[] arguments)
    {
        string program = WorkerProcess.Tool.Replace("RQ.Tool", "RQ.Cron.TestHost", StringComparison.Ordinal);
        return new CronProgram(Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) 
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>Waits until it stands ready to store its table.</summary>
    public async Task ReadyAsync() => (await _process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Limit)).ShouldBe("ready");

    /// <summary>Lets it go on.</summary>
    public Task GoAsync() => _process.StandardInput.WriteLineAsync();

    /// <summary>Waits until it has ended well.</summary>
    public async Task ExitAsync()
    {
        using (_process)
        {
            string errors = await _errors.WaitAsync(Eventually.Limit);
            await _process.WaitForExitAsync().WaitAsync(Eventually.Limit);
            _process.ExitCode.ShouldBe(0, errors);
        }
    }
}
