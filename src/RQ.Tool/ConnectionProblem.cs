using System.Net;
using System.Net.Sockets;
using System.Text;
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
        string problem = await SocketProblemAsync(configuration).ConfigureAwait(false)
            ?? (configuration.Ssl ? "it answered, but not with TLS that is trusted here" : "it answered, but not as a Redis server without TLS");
        return new ConnectionProblem(problem, false);
    }

    private static async Task<string?> SocketProblemAsync(ConfigurationOptions configuration)
    {
        string? problem = null;
        foreach (EndPoint endPoint in configuration.EndPoints)
        {
            try
            {
                string reply = await AskAsync(endPoint, configuration.Ssl).ConfigureAwait(false);
                // Whoever asks for a password was not asked with it here.
                bool isRedis = reply == "+PONG" || reply.StartsWith("-NOAUTH", StringComparison.Ordinal);
                return isRedis ? "it did not answer in time" : reply.StartsWith('-') ? $"it answered: {reply[1..]}" : null;
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

    /// <returns>The first line of what a server says to a PING; empty from one that hangs up, or that is to be spoken to by TLS.</returns>
    private static async Task<string> AskAsync(EndPoint endPoint, bool isTls)
    {
        using var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
        if (isTls)
            return "";
        await socket.SendAsync("PING\r\n"u8.ToArray(), limit.Token).ConfigureAwait(false);
        byte[] reply = new byte[200];
        int length = await socket.ReceiveAsync(reply, limit.Token).ConfigureAwait(false);
        return Encoding.UTF8.GetString(reply, 0, length).Split('\r', '\n')[0];
    }
}
