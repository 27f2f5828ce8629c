using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>S143: certificates are checked, also those of an authority of one's own.</summary>
public class TlsTests
{
    [Fact]
    public async Task S143_a_private_authority_is_trusted_for_the_hosts_that_its_certificates_name()
    {
        await using AuthorityTls tls = await AuthorityTls.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync($"rediss://localhost:{tls.Port}/0", new RqConnectionOptions { CertificateAuthorityFile = tls.Authority });
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }));

        // Every connection of the worker, and the one that waits for a result.
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);

        // The name is not the certificate's.
        await RefusedAsync($"rediss://127.0.0.1:{tls.Port}/0", new RqConnectionOptions { CertificateAuthorityFile = tls.Authority }, "does not carry the name of the host");
    }

    [Fact]
    public async Task S143_a_certificate_of_another_authority_or_of_none_is_refused()
    {
        await using AuthorityTls tls = await AuthorityTls.StartAsync(), other = await AuthorityTls.StartAsync();
        string url = $"rediss://localhost:{tls.Port}/0";

        await RefusedAsync(url, new RqConnectionOptions { CertificateAuthorityFile = other.Authority }, "is not from an authority in");
        await RefusedAsync(url, new RqConnectionOptions(), "PartialChain", "UntrustedRoot");
        // Without TLS there is nobody to talk to.
        await Should.ThrowAsync<RedisConnectionException>(() => RqConnection.ConnectAsync($"redis://localhost:{tls.Port}/0", new RqConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public async Task S143_a_certificate_that_the_authority_has_issued_for_clients_is_none_of_a_server()
    {
        await using AuthorityTls tls = await AuthorityTls.StartAsync(showsClientCertificate: true);

        await RefusedAsync($"rediss://localhost:{tls.Port}/0", new RqConnectionOptions { CertificateAuthorityFile = tls.Authority }, "is not from an authority in");
    }

    [Fact]
    public async Task A_server_that_asks_its_clients_for_a_certificate_gets_it_on_every_connection()
    {
        await using AuthorityTls tls = await AuthorityTls.StartAsync(asksClients: true);
        string url = $"rediss://localhost:{tls.Port}/0";
        using X509Certificate2 own = tls.ClientCertificate();
        await using RqConnection rq = await RqConnection.ConnectAsync(url, new RqConnectionOptions { CertificateAuthorityFile = tls.Authority, ClientCertificate = own });
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }));
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);

        await Should.ThrowAsync<RedisConnectionException>(() => RqConnection.ConnectAsync(url, new RqConnectionOptions { CertificateAuthorityFile = tls.Authority }));
    }

    [Fact]
    public async Task S143_a_file_that_holds_no_authority_is_told_before_anything_connects()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "nothing", TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync("rediss://localhost:1", new RqConnectionOptions { CertificateAuthorityFile = file }))).Message.ShouldContain("holds no certificate");
        (await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync("rediss://localhost:1", new RqConnectionOptions { CertificateAuthorityFile = file + ".missing" }))).Message.ShouldContain("cannot be read");
        (await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync("rediss://localhost:1", new RqConnectionOptions { CertificateAuthorityFile = file, CertificateValidation = (_, _, _, errors) => errors == default }))).Message.ShouldContain("both set");
        File.Delete(file);
    }

    private static async Task RefusedAsync(string url, RqConnectionOptions options, params string[] told)
    {
        string message = (await Should.ThrowAsync<RedisConnectionException>(() => RqConnection.ConnectAsync(url, options))).ToString();
        told.ShouldContain(text => message.Contains(text, StringComparison.Ordinal), message);
    }
}

/// <summary>A redis-server with a certificate for localhost that an authority has issued which only this test knows.</summary>
internal sealed class AuthorityTls : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly RedisServer _server;

    private AuthorityTls(DirectoryInfo directory, RedisServer server, int port)
    {
        _directory = directory;
        _server = server;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The file with the authority's certificate.</summary>
    public string Authority => Path.Combine(_directory.FullName, "ca.pem");

    /// <summary>What the authority has issued for a client, with its key.</summary>
    public X509Certificate2 ClientCertificate() => X509Certificate2.CreateFromPemFile(ClientFile, ClientKeyFile);

    public string ClientFile => Path.Combine(_directory.FullName, "client.pem");

    public string ClientKeyFile => Path.Combine(_directory.FullName, "client.key.pem");

    /// <param name="asksClients">Whether clients must show a certificate, too.</param>
    /// <param name="showsClientCertificate">Whether the server's certificate is one that was issued for clients.</param>
    public static async Task<AuthorityTls> StartAsync(bool asksClients = false, bool showsClientCertificate = false)
    {
        string shown = showsClientCertificate ? "client" : "cert", key = showsClientCertificate ? "client.key" : "key";
        DirectoryInfo directory = Directory.CreateTempSubdirectory("rq-ca-");
        WriteCertificates(directory);
        string At(string file) => Path.Combine(directory.FullName, file);
        // A port that was free a moment ago may be taken by the next one who asks.
        for (int attempt = 1; ; attempt++)
        {
            int port = RedisServer.FreePort();
            try
            {
                RedisServer server = await RedisServer.StartAsync([
                    "--tls-port", port.ToString(), "--tls-cert-file", At($"{shown}.pem"), "--tls-key-file", At($"{key}.pem"), "--tls-ca-cert-file", At("ca.pem"), "--tls-auth-clients", asksClients ? "yes" : "no"]);
                return new AuthorityTls(directory, server, port);
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

    private static void WriteCertificates(DirectoryInfo directory)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var authorityKey = RSA.Create(2048);
        var authorityRequest = new CertificateRequest($"CN=Shop authority {Guid.NewGuid():N}", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));

        File.WriteAllText(Path.Combine(directory.FullName, "ca.pem"), authority.ExportCertificatePem());
        Issue("cert", "key", []);
        Issue("client", "client.key", [new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: true)]);

        void Issue(string certificateFile, string keyFile, X509Extension[] extensions)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            foreach (X509Extension extension in extensions)
                request.CertificateExtensions.Add(extension);
            using X509Certificate2 certificate = request.Create(authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(Path.Combine(directory.FullName, $"{certificateFile}.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(directory.FullName, $"{keyFile}.pem"), key.ExportPkcs8PrivateKeyPem());
        }
    }
}
