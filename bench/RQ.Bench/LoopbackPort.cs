using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RQ.Bench;

/// <summary>Ports of this machine for servers of the benchmark's own.</summary>
internal static class LoopbackPort
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until somebody listens there.</summary>
    /// <exception cref="InvalidOperationException">The server does not start.</exception>
    public static async Task ListensAsync(Process server, int port)
    {
        for (int attempt = 0; attempt < 200 && !server.HasExited; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException($"{server.StartInfo.FileName} did not start on port {port}.");
    }
}
