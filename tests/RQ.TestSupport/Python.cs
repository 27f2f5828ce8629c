using System.Diagnostics;
using Xunit.v3;

namespace RQ.TestSupport;

/// <summary>Runs scripts in the machine's Python. Without one a test is skipped, or fails when CI=true.</summary>
public static class Python
{
    private const string Path = "/usr/bin/python3";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The standard output of <c>python3 -c script</c>.</summary>
    /// <exception cref="InvalidOperationException">The script failed (the message has its standard error), or there is no Python.</exception>
    public static async Task<string> RunAsync(string script, string stdin, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path))
        {
            var isRequired = Environment.GetEnvironmentVariable("CI") == "true";
            throw new InvalidOperationException((isRequired ? "" : DynamicSkipToken.Value) + $"This test needs {Path}.");
        }
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(Path, ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
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
            process.Kill();
            throw;
        }
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"The Python script failed: {await errors}");
    }
}
