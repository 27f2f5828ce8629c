using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Tool;

/// <summary>
/// Why a server cannot be reached, in a few words. The client library says only that it was not possible, so the
/// first step of connecting is done once more to see what becomes of it.
/// </summary>
/// <param name="Text">What is wrong.</param>
/// <param name="IsRefusal">Whether the server was there and wants other credentials: waiting does not help.</param>
internal sealed record ConnectionProblem(string Text, bool IsRefusal)
{
    // Old servers have no codes for it.
    private static readonly string[] s_wrongCredentials = ["WRONGPASS", "NOPERM", "invalid password", "invalid username-password", "AUTH"];

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public static async Task<ConnectionProblem> FindAsync(RedisConnectionException exception, ConfigurationOptions configuration)
    {
        string refusal = exception.InnerException is RedisServerException server ? server.Message : "";
        if (refusal.Contains("NOAUTH", StringComparison.Ordinal))
            return new ConnectionProblem("it asks for a password", true);
        if (Array.Exists(s_wrongCredentials, text => refusal.Contains(text, StringComparison.Ordinal)))
            return new ConnectionProblem("it refused the user name or password", true);
        if (refusal.Length > 0)
            return new ConnectionProblem($"it answered: {refusal}", false);
        string problem = await SocketProblemAsync(configuration.EndPoints).ConfigureAwait(false)
            ?? (configuration.Ssl ? "it answered, but not with TLS that is trusted here" : "it answered, but not as a Redis server without TLS");
        return new ConnectionProblem(problem, false);
    }

    private static async Task<string?> SocketProblemAsync(EndPointCollection endPoints)
    {
        string? problem = null;
        foreach (EndPoint endPoint in endPoints)
        {
            try
            {
                await ConnectAsync(endPoint).ConfigureAwait(false);
                return null;
            }
            catch (SocketException exception)
            {
                problem = exception.SocketErrorCode switch
                {
                    SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "there is no host of that name",
                    SocketError.ConnectionRefused => "nothing listens there",
                    _ => exception.Message,
                };
            }
            catch (OperationCanceledException)
            {
                problem = "it does not answer";
            }
        }

        return problem;
    }

    private static async Task ConnectAsync(EndPoint endPoint)
    {
        using var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
    }
}
