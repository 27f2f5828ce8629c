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
        await using TlsRedis server = await TlsRedis.StartAsync();

        await RunsAJobAsync($"rediss://localhost:{server.Port}/0", options => options.CertificateValidation = (_, shown, _, _) =>
            shown!.GetCertHashString() == X509CertificateLoader.LoadCertificateFromFile(server.Certificate).GetCertHashString());
        await Should.ThrowAsync<StackExchange.Redis.RedisConnectionException>(() => RqConnection.ConnectAsync($"rediss://localhost:{server.Port}/0"));
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
}
