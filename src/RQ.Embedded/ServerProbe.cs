using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RQ.Embedded;

/// <summary>Asks whether our server, and not some other program, answers on a port.</summary>
internal static class ServerProbe
{
    public static async Task<bool> AnswersAsync(ServerAccess access, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, access.Port), giveUp.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            var (request, expected) = access.Password.Length == 0
                ? ("*1\r\n$4\r\nPING\r\n", "+PONG\r\n")
                : ($"*2\r\n$4\r\nAUTH\r\n${Encoding.UTF8.GetByteCount(access.Password)}\r\n{access.Password}\r\n", "+OK\r\n");
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), giveUp.Token).ConfigureAwait(false);
            var answer = new byte[expected.Length];
            await stream.ReadExactlyAsync(answer, giveUp.Token).ConfigureAwait(false);
            return Encoding.UTF8.GetString(answer) == expected;
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
