using System.ComponentModel;
using System.Diagnostics;

namespace RQ.Bench.Races;

/// <summary>A program that is run to its end, and ended with all that it started when it takes too long or is not wanted any more.</summary>
internal static class Child
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    /// <returns>The last line of its output that is not empty.</returns>
    /// <exception cref="InvalidOperationException">It is not there, failed, or took too long; the message has the end of what it said.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Start(start);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token), error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? LastLines(await output, 1)
                : throw new InvalidOperationException($"'{start.FileName}' ended with {process.ExitCode}: {LastLines($"{await output}\n{await error}", 8)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"'{start.FileName}' took longer than {s_limit.TotalMinutes} minutes.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"'{start.FileName}' cannot be started: {exception.Message}", exception);
        }
    }

    private static string LastLines(string text, int count) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(count));
}
