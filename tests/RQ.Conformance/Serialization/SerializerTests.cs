using System.Text;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Serialization;

/// <summary>Formats of the user's own, beside RQ's two.</summary>
public class SerializerTests
{
    [Theory, OnEachBackend]
    public async Task CUS_2_a_serializer_of_ones_own_writes_calls_metadata_and_results(Backend backend)
    {
        var serializer = new PlainTextSerializer();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = serializer);
        Job<string> job = await world.Queue().EnqueueAsync(
            () => TestJobs.Greet("Ada", "Hi", "?"), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = 1 } });
        Job<object?> list = await world.Queue().EnqueueAsync(() => TestJobs.Echo(new List<object?> { 1, "x", null, 2.5, true }));
        await world.RunBurstAsync();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Hi, Ada?");
        JobResult result = (await list.GetLatestResultAsync()).ShouldNotBeNull();
        result.GetReturnValue<object?[]>().ShouldBe([1L, "x", null, 2.5, true]);
        Encoding.ASCII.GetString(result.ReturnValueBytes!.Value.Span).ShouldStartWith(PlainTextSerializer.Mark);

        Job read = await Job.FetchAsync(job.Id, world.Rq);
        read.Meta["k"].ShouldBe(1L);
        read.Arguments.ShouldBe(["Ada", "Hi", "?"]);
        RedisValue data = await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "data");
        Encoding.ASCII.GetString(Compression.Inflate((byte[])data!).Span).ShouldStartWith(PlainTextSerializer.Mark);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "meta")).ShouldNotBeNull().ShouldStartWith(PlainTextSerializer.Mark);
    }

    [Theory, OnEachBackend]
    public async Task CUS_2_a_worker_reads_rqs_formats_beside_it(Backend backend)
    {
        var serializer = new PlainTextSerializer();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> pickle = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        Job<int> json = await world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json }).EnqueueAsync(() => TestJobs.Add(3, 4));
        Job<int> own = await world.Queue(options: new QueueOptions { Serializer = serializer }).EnqueueAsync(() => TestJobs.Add(5, 6));
        await world.RunBurstAsync(configure: options => options.Serializer = serializer);

        (await pickle.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await json.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
        (await own.WaitForResultAsync(Eventually.Limit)).ShouldBe(11);
        (await pickle.GetLatestResultAsync())!.ReturnValueBytes!.Value.Span[0].ShouldBe((byte)0x80);
        Encoding.ASCII.GetString((await json.GetLatestResultAsync())!.ReturnValueBytes!.Value.Span).ShouldBe("7");
    }

    [Theory, OnEachBackend]
    public async Task S136_a_worker_of_another_process_is_told_the_serializer_and_finishes_100_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RqConnection other = await RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix });
        var queue = new Queue("default", other, new QueueOptions { Serializer = new PlainTextSerializer() });
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, 100).Select(i => JobCall.To("RQ.TestSupport.TestJobs.Add", i, 1)));

        (await world.RunBurstAsync(configure: options =>
        {
            options.Serializer = new PlainTextSerializer();
            options.Concurrency = 4;
        })).ShouldBe(100);

        for (int i = 0; i < jobs.Count; i++)
            (await jobs[i].GetLatestResultAsync())!.ReturnValue.ShouldBe((long)i + 1);
    }

    [Fact]
    public async Task CUS_2_a_queue_made_for_every_call_adds_nothing_to_the_connection()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        for (int i = 0; i < 10; i++)
            world.Queue(options: new QueueOptions { Serializer = new PlainTextSerializer() }).Serializer.Name.ShouldBe("plain-text");
        world.Rq.Serializers.CustomCount.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task CUS_2_a_worker_that_does_not_know_the_serializer_fails_the_job_with_the_reason(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RqConnection other = await RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix, Serializer = new PlainTextSerializer() });
        Job<int> job = await new Queue("default", other).EnqueueAsync(() => TestJobs.Add(1, 2));
        await world.RunBurstAsync();

        var failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        failure.ExceptionText.ShouldNotBeNull().ShouldContain("pickle");
    }

    [Theory, OnEachBackend]
    public async Task CUS_2_errors_of_a_serializer_reach_the_caller_or_fail_the_job_and_lose_nothing(Backend backend)
    {
        var broken = new BrokenSerializer();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = broken);
        Job<string> unreadable = await world.Queue().EnqueueAsync(() => TestJobs.Greet("a", "b", "c"));
        Job<string> sniff = await world.Queue().EnqueueAsync(() => TestJobs.Greet("a", "b", "c"));
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [unreadable] });

        broken.OnWrite = true;
        ArgumentException refused = await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing()));
        refused.Message.ShouldContain("The serializer 'broken' cannot write the value: out of order");
        (await world.Queue().CountAsync()).ShouldBe(2);

        broken.OnRead = true;
        await world.RunBurstAsync();
        (await unreadable.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await unreadable.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("The serializer 'broken' cannot read");
        (await sniff.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        Should.Throw<RqException>(() => unreadable.Function).Message.ShouldContain("out of order");
        unreadable.Description.ShouldBe("RQ.TestSupport.TestJobs.Greet('a', 'b', 'c')");
    }

    [Theory, OnEachBackend]
    public async Task CUS_2_a_result_that_the_serializer_refuses_is_replaced_by_a_text(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = new PlainTextSerializer());
        world.Functions.AddAssemblyOf<SerializerTests>();
        Job<object?> refused = await world.Queue().EnqueueAsync(() => SerializerJobs.ReturnsUnwritable());
        await world.RunBurstAsync();

        (await refused.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await refused.GetLatestResultAsync())!.ReturnValue.ShouldBe("Unserializable return value");
    }

    [Theory, OnEachBackend]
    public async Task CUS_3_both_formats_of_rq_are_ready_made(Backend backend)
    {
        JobSerializer.Pickle.Name.ShouldBe("pickle");
        JobSerializer.Json.Name.ShouldBe("json");
        foreach (JobSerializer serializer in new[] { JobSerializer.Pickle, JobSerializer.Json })
        {
            await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = serializer);
            Job<object?> job = await world.Queue().EnqueueAsync(() => TestJobs.Echo(new object?[] { 1, "é", null, 1.5 }));
            await world.RunBurstAsync();
            (await job.GetLatestResultAsync())!.GetReturnValue<object?[]>().ShouldBe([1L, "é", null, 1.5]);
            serializer.Deserialize(serializer.Serialize("text")).ShouldBe("text");
            serializer.CanRead(serializer.Serialize(new object?[] { "f", null, new object?[] { 1 }, new Dictionary<object, object?>() })).ShouldBeTrue();
        }
    }

    private sealed class BrokenSerializer : JobSerializer
    {
        private readonly PlainTextSerializer _inner = new();

        public bool OnWrite { get; set; }

        public bool OnRead { get; set; }

        public override string Name => "broken";

        public override byte[] Serialize(object? data) => OnWrite ? throw new InvalidOperationException("out of order") : _inner.Serialize(data);

        public override object? Deserialize(ReadOnlyMemory<byte> bytes) => OnRead ? throw new InvalidOperationException("out of order") : _inner.Deserialize(bytes);
    }
}

/// <summary>Jobs whose results a serializer refuses.</summary>
public static class SerializerJobs
{
    public static object? ReturnsUnwritable() => "unwritable";
}
