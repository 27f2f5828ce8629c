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

    public SslStream? CreateTls(Stream inner) => TlsHost is null ? null : new SslStream(inner, leaveInnerStreamOpen: false);

    public SslClientAuthenticationOptions TlsOptions() => new()
    {
        TargetHost = TlsHost,
        EnabledSslProtocols = TlsProtocols,
        RemoteCertificateValidationCallback = CertificateValidation,
    };
}
