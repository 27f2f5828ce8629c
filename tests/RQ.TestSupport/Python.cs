using System.Diagnostics;
using Xunit.v3;

namespace RQ.TestSupport;

/// <summary>Runs scripts in the machine's Python. Without one a test is skipped, or fails when CI=true.</summary>
public static class Python
{
    public const string Path = "/usr/bin/python3";

    /// <summary>The standard output of <c>python3 -c script</c>.</summary>
    /// <exception cref="InvalidOperationException">The script failed (the message has its standard error), or there is no Python.</exception>
    public static Task<string> RunAsync(string script, string stdin, CancellationToken cancellationToken) =>
        RunAsync(["-c", script], stdin, null, cancellationToken);

    /// <summary>The standard output of <c>python3 arguments</c>.</summary>
    /// <param name="arguments">What Python is called with.</param>
    /// <param name="stdin">What it reads.</param>
    /// <param name="configure">Environment and such.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="InvalidOperationException">It failed (the message has its standard error), or there is no Python.</exception>
    public static async Task<string> RunAsync(
        string[] arguments, string stdin, Action<ProcessStartInfo>? configure, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path))
            throw Missing(Path);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Eventually.Limit);
        var start = new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        configure?.Invoke(start);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.StandardInput.WriteAsync(stdin.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"Python failed with exit code {process.ExitCode}: {await errors}{await output}");
    }

    /// <summary>What to throw when something a test needs is not installed: the test is skipped, or fails when CI=true.</summary>
    public static InvalidOperationException Missing(string what)
    {
        bool isRequired = Environment.GetEnvironmentVariable("CI") == "true";
        return new InvalidOperationException((isRequired ? "" : DynamicSkipToken.Value) + $"This test needs {what}.");
    }
}
