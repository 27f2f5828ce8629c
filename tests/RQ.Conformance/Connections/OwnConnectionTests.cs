using System.Reflection;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>Whose connection is used, and what the server must be able to do.</summary>
public class OwnConnectionTests
{
    [Theory, OnEachBackend]
    public async Task CON_1_queues_jobs_and_workers_use_the_connection_that_they_are_given(Backend backend)
    {
        await using TestWorld one = await TestWorld.CreateAsync(backend);
        await using TestWorld two = await TestWorld.CreateAsync(backend);
        Job<int> job = await one.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));

        (await two.RunBurstAsync()).ShouldBe(0);
        (await two.Queue().CountAsync()).ShouldBe(0);
        await Should.ThrowAsync<JobNotFoundException>(() => Job.FetchAsync(job.Id, two.Rq));
        (await one.RunBurstAsync()).ShouldBe(1);
        (await Job.FetchAsync(job.Id, one.Rq)).Connection.ShouldBeSameAs(one.Rq);
        Should.Throw<ArgumentNullException>(() => new Queue("default", null!));
        Should.Throw<ArgumentNullException>(() => new Worker(["default"], null!));
    }

    // Python RQ before 2.0 kept a stack of connections (push_connection, use_connection …). There is nothing like it here: a
    // connection is always handed over.
    [Fact]
    public void CON_2_there_is_no_ambient_connection()
    {
        IEnumerable<FieldInfo> statics = typeof(RqConnection).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        statics.ShouldNotContain(field => field.FieldType == typeof(RqConnection) || typeof(IConnectionMultiplexer).IsAssignableFrom(field.FieldType)
            || field.FieldType == typeof(AsyncLocal<RqConnection>) || field.FieldType == typeof(ThreadLocal<RqConnection>));
    }

    [Theory, OnEachBackend]
    public async Task CON_3_a_worker_of_queues_uses_their_connection(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TestWorld other = await TestWorld.CreateAsync(backend);
        Job<int> low = await world.Queue("low").EnqueueAsync(() => TestJobs.Add(1, 2));
        Job<int> high = await world.Queue("high").EnqueueAsync(() => TestJobs.Add(3, 4));
        var worker = new Worker([world.Queue("high"), world.Queue("low")], new WorkerOptions { Burst = true, Functions = world.Functions });

        worker.Queues.ShouldBe(["high", "low"]);
        (await worker.RunAsync(CancellationToken.None).WaitAsync(Eventually.Limit)).ShouldBe(2);
        (await low.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await high.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);

        ArgumentException mixed = Should.Throw<ArgumentException>(() => new Worker([world.Queue("a"), other.Queue("b")]));
        mixed.Message.ShouldContain("'a' and 'b' are of two connections");
        Should.Throw<ArgumentException>(() => new Worker(Array.Empty<Queue>()));
    }

    [Fact]
    public async Task CON_8_what_the_server_can_do_is_asked_command_by_command()
    {
        await using TestWorld redis = await TestWorld.CreateAsync(Backend.Redis);
        redis.Rq.Capabilities.Streams.ShouldBeTrue();
        redis.Rq.Capabilities.Copy.ShouldBeTrue();
        await using TestWorld embedded = await TestWorld.CreateAsync(Backend.Embedded);
        embedded.Rq.Capabilities.Streams.ShouldBeFalse();

        await using RedisServer old = await RedisServer.StartAsync("--rename-command", "BLMOVE", "");
        (await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync(old.Url()))).Message.ShouldContain("RQ needs Redis 6.2");
        await using RedisServer withoutStreams = await RedisServer.StartAsync("--rename-command", "XADD", "");
        await RunsAJobAsync(withoutStreams.Url());
        await using RedisServer silent = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-command");
        await RunsAJobAsync($"redis://worker:secret@127.0.0.1:{silent.Port}/0");
    }

    [Fact]
    public async Task CON_9_a_worker_runs_where_client_and_info_are_forbidden()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "&*", "+@all", "-client", "-info");
        await RunsAJobAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
    }

    private static async Task RunsAJobAsync(string url)
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(url);
        await using var worker = new RunningWorker(new Worker(["first", "second"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));
        await Eventually.BecomesAsync(() => rq.Database.KeyExistsAsync(rq.Keys.Worker(worker.Name)), "the worker is registered");
        foreach (string queue in new[] { "first", "second", "first" })
        {
            Job<int> job = await new Queue(queue, rq).EnqueueAsync(() => TestJobs.Add(20, 22));
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }
    }
}
