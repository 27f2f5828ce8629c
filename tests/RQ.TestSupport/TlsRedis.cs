using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RQ.TestSupport;

/// <summary>A redis-server that speaks TLS, with a certificate that nobody knows.</summary>
public sealed class TlsRedis : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly RedisServer _server;

    private TlsRedis(DirectoryInfo directory, RedisServer server, int port, string certificate)
    {
        _directory = directory;
        _server = server;
        Port = port;
        Certificate = certificate;
    }

    /// <summary>Where it speaks TLS.</summary>
    public int Port { get; }

    /// <summary>The file that holds its certificate.</summary>
    public string Certificate { get; }

    public static async Task<TlsRedis> StartAsync(params string[] options)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("rq-tls-");
        (string certificate, string key) = WriteCertificate(directory);
        // A port that was free a moment ago may be taken by the next one who asks.
        for (int attempt = 1; ; attempt++)
        {
            int port = RedisServer.FreePort();
            try
            {
                RedisServer server = await RedisServer.StartAsync([
                    "--tls-port", port.ToString(), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate,
                    "--tls-auth-clients", "no", .. options]);
                return new TlsRedis(directory, server, port, certificate);
            }
            catch (InvalidOperationException exception) when (attempt < 10 && exception.Message.Contains("exit code"))
            {
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static (string Certificate, string Key) WriteCertificate(DirectoryInfo directory)
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string certificateFile = Path.Combine(directory.FullName, "cert.pem"), keyFile = Path.Combine(directory.FullName, "key.pem");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, rsa.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
