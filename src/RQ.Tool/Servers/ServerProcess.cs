using RQ.Embedded;

namespace RQ.Tool.Servers;

/// <summary>The embedded server as a process of its own, until a signal ends it.</summary>
internal static class ServerProcess
{
    /// <exception cref="ToolException">The directory or the port cannot be had.</exception>
    public static async Task RunAsync(string directory, int port)
    {
        using StopSignals signals = StopSignals.Listen();
        try
        {
            EmbeddedServer server = await StartAsync(directory, port, signals.Stopping).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                string role = server.IsOwner ? "" : " (run by another process; this one takes over when that ends)";
                Console.Out.WriteLine(
                    $"Listening on {server.EndPoint}, data in {server.Directory}{role}. Connect with: rq worker -u {Quoted($"embedded:path={server.Directory}")}");
                await signals.WaitAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it was up.
        }
    }

    private static async Task<EmbeddedServer> StartAsync(string directory, int port, CancellationToken cancellationToken)
    {
        try
        {
            return await EmbeddedServer.StartAsync(directory, port, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or ArgumentException)
        {
            throw new ToolException(exception.Message, exception);
        }
    }

    private static string Quoted(string word) => word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-:=".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
