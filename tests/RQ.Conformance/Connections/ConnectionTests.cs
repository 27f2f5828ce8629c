using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>CON_4: every way to reach a server carries a worker too, whose waiting and heartbeat use connections of their own.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-connections-");

    [Fact]
    public async Task CON_4_a_worker_runs_over_a_unix_socket_into_a_numbered_database()
    {
        string socket = Path.Combine(_directory.FullName, "redis.sock");
        await using RedisServer server = await RedisServer.StartAsync("--unixsocket", socket);
        await RunsAJobAsync($"unix://{socket}?db=3");
        await using RqConnection third = await RqConnection.ConnectAsync(server.Url(3));
        (await third.Database.KeyExistsAsync("rq:queues")).ShouldBeTrue();
    }

    [Fact]
    public async Task CON_4_a_worker_runs_with_user_and_password()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">s3cr:et", "~*", "&*", "+@all");
        await RunsAJobAsync($"redis://worker:s3cr%3Aet@127.0.0.1:{server.Port}/0");
    }

    [Fact]
    public async Task CON_6_a_worker_runs_over_tls_and_an_unknown_certificate_is_refused()
    {
        (string certificate, string key) = WriteCertificate();
        (RedisServer started, int port) = await StartWithTlsAsync(certificate, key);
        await using RedisServer server = started;

        await RunsAJobAsync($"rediss://localhost:{port}/0", options => options.CertificateValidation = (_, shown, _, _) =>
            shown!.GetCertHashString() == X509CertificateLoader.LoadCertificateFromFile(certificate).GetCertHashString());
        await Should.ThrowAsync<StackExchange.Redis.RedisConnectionException>(() => RqConnection.ConnectAsync($"rediss://localhost:{port}/0"));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task RunsAJobAsync(string url, Action<RqConnectionOptions>? configure = null)
    {
        var options = new RqConnectionOptions();
        configure?.Invoke(options);
        await using RqConnection rq = await RqConnection.ConnectAsync(url, options);
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }

    // A port that was free a moment ago may be taken by the next one who asks.
    private static async Task<(RedisServer Server, int Port)> StartWithTlsAsync(string certificate, string key)
    {
        for (int attempt = 1; ; attempt++)
        {
            int port = RedisServer.FreePort();
            try
            {
                return (await RedisServer.StartAsync(
                    "--tls-port", port.ToString(), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"), port);
            }
            catch (InvalidOperationException exception) when (attempt < 10 && exception.Message.Contains("exit code"))
            {
            }
        }
    }

    private (string Certificate, string Key) WriteCertificate()
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string certificateFile = Path.Combine(_directory.FullName, "cert.pem"), keyFile = Path.Combine(_directory.FullName, "key.pem");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, rsa.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
