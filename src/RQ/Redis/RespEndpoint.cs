using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace RQ.Redis;

/// <summary>Where and how a <see cref="RespConnection"/> connects.</summary>
internal sealed record RespEndpoint(EndPoint Address, string? User, string? Password, int Database)
{
    /// <summary>The host name that the server's certificate must carry; <c>null</c> for a connection without TLS.</summary>
    public string? TlsHost { get; init; }

    public SslProtocols TlsProtocols { get; init; }

    public RemoteCertificateValidationCallback? CertificateValidation { get; init; }

    public Socket CreateSocket() => Address switch
    {
        UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
    };

    /// <summary>Connects on the calling thread, within the time: <see cref="Socket.Connect(EndPoint)"/> alone may take minutes.</summary>
    public void Connect(Socket socket, TimeSpan timeout)
    {
        EndPoint address = Address is DnsEndPoint dns ? new IPEndPoint(Dns.GetHostAddresses(dns.Host, socket.DualMode ? AddressFamily.Unspecified : socket.AddressFamily)[0], dns.Port) : Address;
        if (address is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip && socket.AddressFamily == AddressFamily.InterNetworkV6)
            address = new IPEndPoint(ip.Address.MapToIPv6(), ip.Port);
        if (OperatingSystem.IsLinux())
        {
            // Linux ends also this by the time-out for sending. A socket that has not blocked once never does again: the runtime then waits for it
            // with the help of two other threads, each time.
            socket.SendTimeout = (int)timeout.TotalMilliseconds;
            socket.Connect(address);
            return;
        }

        socket.Blocking = false;
        try
        {
            socket.Connect(address);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!socket.Poll(timeout, SelectMode.SelectWrite))
                throw new SocketException((int)SocketError.TimedOut);
            if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error && error != 0)
                throw new SocketException(error);
        }

        socket.Blocking = true;
    }

    public SslStream? CreateTls(Stream inner) => TlsHost is null ? null : new SslStream(inner, leaveInnerStreamOpen: false);

    public SslClientAuthenticationOptions TlsOptions() => new()
    {
        TargetHost = TlsHost,
        EnabledSslProtocols = TlsProtocols,
        RemoteCertificateValidationCallback = CertificateValidation,
    };
}
