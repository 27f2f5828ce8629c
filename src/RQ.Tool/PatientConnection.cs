using Microsoft.Extensions.Logging;
using RQ.Redis;

namespace RQ.Tool;

/// <summary>
/// Connects to a server that may not be there yet, as in a stack that starts in any order: says so once, and tries until it is
/// there. What waiting does not mend, such as a wrong password, is an error at once.
/// </summary>
internal static class PatientConnection
{
    // Work goes on within 5 s of the server's return.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(4);

    /// <returns>The connection, and whether workers are suspended: the first thing that a worker asks, and the first that a server which is still loading its data refuses.</returns>
    /// <exception cref="UsageException">The environment's address cannot be.</exception>
    /// <exception cref="ToolException">The address cannot be read, or the server refuses the credentials.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled.</exception>
    public static async Task<(RqConnection Connection, bool IsSuspended)> ConnectAsync(
        ServerSettings settings, ILogger log, TimeProvider time, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(s_longestWait, new Random());
        bool isTold = false;
        (string server, string origin) = settings.Describe();
        ToolLog.LookingForServer(log, server, origin);
        while (true)
        {
            try
            {
                (RqConnection, bool) answer = await TryAsync(settings, cancellationToken).ConfigureAwait(false);
                if (isTold)
                    ToolLog.ServerIsThere(log);
                return answer;
            }
            catch (ServerAwayException exception)
            {
                if (!isTold)
                    ToolLog.ServerIsAway(log, exception.Message);
                isTold = true;
            }

            await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<(RqConnection, bool)> TryAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (rq, await Worker.AreSuspendedAsync(rq, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            await rq.DisposeAsync().ConfigureAwait(false);
            if (ConnectionLoss.Is(exception))
                throw new ServerAwayException($"Redis cannot be used yet: {exception.Message.TrimEnd('.')}.", exception);
            throw;
        }
    }
}
