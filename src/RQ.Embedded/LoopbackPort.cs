using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace RQ.Embedded;

/// <summary>Finds ports, and tells a taken one from a free one.</summary>
internal static class LoopbackPort
{
    // Below the range from which Linux, macOS and Windows number outgoing connections (32768 or 49152 and up). Otherwise,
    // while the server is being handed over, a client's reconnect could be given this very port as its own, connect to
    // itself, and keep the new server from listening.
    private const int First = 20_000;
    private const int Last = 32_767;

    /// <summary>A random port on which nobody listens right now. Another process may still be faster: the caller retries.</summary>
    public static int FindFree()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new IOException($"No free port was found between {First} and {Last} on {IPAddress.Loopback}. Name a port for the embedded server.");
    }

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }

    public static string NewPassword() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
