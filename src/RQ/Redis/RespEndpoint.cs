using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>Where and how a <see cref="RespConnection"/> connects.</summary>
internal sealed record RespEndpoint(EndPoint Address, string? User, string? Password, int Database)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>The way to a server that the shared connection has.</summary>
    public static RespEndpoint Of(EndPoint address, ConfigurationOptions configuration, RemoteCertificateValidationCallback? certificateValidation, X509Certificate2? clientCertificate)
    {
        string? host = address switch
        {
            DnsEndPoint dns => dns.Host,
            IPEndPoint ip => ip.Address.ToString(),
            _ => null,
        };
        return new RespEndpoint(address, configuration.User, configuration.Password, 0)
        {
            TlsHost = configuration.Ssl ? configuration.SslHost ?? host ?? "localhost" : null,
            TlsProtocols = configuration.SslProtocols ?? SslProtocols.None,
            RevocationMode = configuration.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            CertificateValidation = certificateValidation,
            ClientCertificate = clientCertificate,
        };
    }

    /// <summary>The host name that the server's certificate must carry; <c>null</c> for a connection without TLS.</summary>
    public string? TlsHost { get; init; }

    public SslProtocols TlsProtocols { get; init; }

    public X509RevocationMode RevocationMode { get; init; }

    public RemoteCertificateValidationCallback? CertificateValidation { get; init; }

    /// <summary>What this end shows to a server that asks for a certificate.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Which addresses a host has; those of the system.</summary>
    public Func<string, IPAddress[]> Resolve { get; init; } = static host => Dns.GetHostAddresses(host, Socket.OSSupportsIPv6 ? AddressFamily.Unspecified : AddressFamily.InterNetwork);

    /// <summary>Is told when the server of a cluster says that another one has the slot.</summary>
    public Action<string>? OnMoved { get; init; }

    /// <summary>Says, by an <see cref="IOException"/>, that this is not the server to go to. Called before each attempt.</summary>
    public Action<EndPoint>? Guard { get; init; }

    /// <summary>Records show what they hold, and this one holds the password.</summary>
    public override string ToString() => Address.ToString() ?? "";

    public Socket CreateSocket() => Address switch
    {
        UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
    };

    /// <summary>Connects on the calling thread, within the time. Of a host with several addresses the first that answers; each gets a part of the time.</summary>
    /// <exception cref="SocketException">None of them does.</exception>
    public Socket Connect(TimeSpan timeout)
    {
        long began = Stopwatch.GetTimestamp();
        EndPoint[] addresses = Address is DnsEndPoint dns ? [.. Resolve(dns.Host).Select(each => new IPEndPoint(each, dns.Port))] : [Address];
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        for (int i = 0; ; i++)
        {
            TimeSpan share = (timeout - Stopwatch.GetElapsedTime(began)) / (addresses.Length - i);
            Socket? socket = null;
            try
            {
                socket = (this with { Address = addresses[i] }).CreateSocket();
                Connect(socket, addresses[i], share < s_shortest ? s_shortest : share);
                return socket;
            }
            catch (Exception exception)
            {
                socket?.Dispose();
                if (exception is not SocketException || i == addresses.Length - 1)
                    throw;
            }
        }
    }

    // Socket.Connect alone may take minutes.
    private static void Connect(Socket socket, EndPoint address, TimeSpan timeout)
    {
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
        CertificateRevocationCheckMode = RevocationMode,
        RemoteCertificateValidationCallback = CertificateValidation,
        ClientCertificates = ClientCertificate is null ? null : [ClientCertificate],
    };
}
