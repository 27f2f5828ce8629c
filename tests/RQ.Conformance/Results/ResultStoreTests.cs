using RQ.Results;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Results;

/// <summary>What results tell, how many are kept, and that whatever is stored can be listed.</summary>
public class ResultStoreTests
{
    [Theory, OnEachBackend]
    public async Task RES_1_a_result_tells_what_is_known_about_the_execution(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "j" });
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.Fail("on purpose"));
        await world.RunBurstAsync(configure: options => options.Name = "w1");

        JobResult<int> result = (await job.GetLatestResultAsync()).ShouldNotBeNull();
        result.JobId.ShouldBe("j");
        result.Type.ShouldBe(JobResultType.Successful);
        result.ReturnValue.ShouldBe(3L);
        result.Value.ShouldBe(3);
        result.ReturnValueBytes.ShouldNotBeNull();
        result.ExceptionText.ShouldBeNull();
        result.WorkerName.ShouldBe("w1");
        result.ExecutionId.ShouldNotBeNull().Length.ShouldBe(32);
        foreach (DateTimeOffset? time in new[] { result.CreatedAt, result.ExecutionStartedAt, result.ExecutionEndedAt })
            time.ShouldNotBeNull().ShouldBeInRange(before, DateTimeOffset.UtcNow.AddSeconds(1));
        JobResult failure = (await failed.GetLatestResultAsync()).ShouldNotBeNull();
        failure.ExceptionText.ShouldNotBeNull().ShouldContain("on purpose");
        failure.ReturnValueBytes.ShouldBeNull();
    }

    [Fact]
    public async Task RES_2_all_of_rqs_types_are_read_and_unknown_ones_do_not_throw()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        foreach (string type in new[] { "1", "2", "3", "4", "5", "17", "new", "" })
            await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results(job.Id), "type", type);

        (await job.GetResultsAsync()).Reverse().Select(result => result.Type).ShouldBe([
            JobResultType.Successful, JobResultType.Failed, JobResultType.Stopped, JobResultType.Retried, JobResultType.MaxRetriesExceeded,
            (JobResultType)17, JobResultType.Failed, JobResultType.Failed]);
    }

    [Fact]
    public async Task RES_3_about_the_last_ten_results_are_kept()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> job = null!;
        for (int i = 0; i < 130; i++)
        {
            job = await world.Queue().EnqueueAsync(() => TestJobs.Add(i, 0), new JobOptions { Id = "again" });
            await world.RunBurstAsync();
        }

        IReadOnlyList<JobResult> results = await job.GetResultsAsync();
        results.Count.ShouldBeInRange(10, 110);
        results[0].ReturnValue.ShouldBe(129L);
        results[9].ReturnValue.ShouldBe(120L);
    }

    [Theory, OnEachBackend]
    public async Task RES_4_results_are_counted_listed_newest_first_and_deleted(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(0, 0), new JobOptions { Id = "j" });
        (await job.CountResultsAsync()).ShouldBe(0);
        await world.RunBurstAsync();
        (await job.CountResultsAsync()).ShouldBe(1);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(0, 1), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        (await job.CountResultsAsync()).ShouldBe(backend == Backend.Redis ? 2 : 1);
        (await job.GetResultsAsync()).Select(result => result.ReturnValue).ShouldBe(backend == Backend.Redis ? [1L, 0L] : [1L]);
        (await job.GetLatestResultAsync())!.Value.ShouldBe(1);

        await job.DeleteResultsAsync();
        (await job.CountResultsAsync()).ShouldBe(0);
        (await job.GetResultsAsync()).ShouldBeEmpty();
        (await job.GetLatestResultAsync()).ShouldBeNull();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        await ResultStore.DeleteAllAsync(world.Rq, "never-was");
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Job("never-was"))).ShouldBeFalse();

        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "j" });
        await world.RunBurstAsync();
        (await job.CountResultsAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task RES_5_waiting_returns_at_once_when_there_is_a_result_and_else_when_it_comes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        Task<int> waiting = job.WaitForResultAsync(Eventually.Limit);
        waiting.IsCompleted.ShouldBeFalse();
        await world.RunBurstAsync();
        (await waiting).ShouldBe(3);
        (await job.WaitForResultAsync(TimeSpan.Zero)).ShouldBe(3);
        await Should.ThrowAsync<TimeoutException>(async () => await (await world.Queue().EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(TimeSpan.FromMilliseconds(50)));
    }

    [Theory, OnEachBackend]
    public async Task RES_6_a_null_is_a_result_without_a_value(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string?> job = await world.Queue().EnqueueAsync(() => TestJobs.ReturnsNull());
        await world.RunBurstAsync();

        JobResult<string?> result = (await job.GetLatestResultAsync()).ShouldNotBeNull();
        result.IsSuccessful.ShouldBeTrue();
        result.ReturnValue.ShouldBeNull();
        result.Value.ShouldBeNull();
        result.ReturnValueBytes.ShouldBeNull();
        if (backend == Backend.Redis)
            (await world.Rq.Database.StreamRangeAsync(world.Rq.Keys.Results(job.Id))).Single().Values.ShouldNotContain(entry => entry.Name == "return_value");
    }

    [Theory, OnEachBackend]
    public async Task RES_8_results_that_an_old_rq_left_in_the_hash_are_read(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await PutAsync(world, "value", "finished", new HashEntry("result", JobSerializer.Pickle.Serialize(42)));
        await PutAsync(world, "text", "finished", new HashEntry("result", "Unpickleable return value"));

        Job value = await Job.FetchAsync("value", world.Rq);
        (await value.GetLatestResultAsync())!.GetReturnValue<int>().ShouldBe(42);
        (await value.GetResultsAsync()).Count.ShouldBe(1);
        JobResult text = (await (await Job.FetchAsync("text", world.Rq)).GetLatestResultAsync()).ShouldNotBeNull();
        text.ReturnValue.ShouldBe("Unserializable return value");
    }

    [Theory, OnEachBackend]
    public async Task S023_a_value_that_cannot_be_read_back_breaks_nothing_but_its_typed_getter(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        byte[] foreign = [0x80, 0x04, .. "cos\nsystem\n(K\u0001K\u0002tR."u8];
        await PutAsync(world, "j", "finished", new HashEntry("meta", JobSerializer.Pickle.Serialize(new Dictionary<object, object?> { ["k"] = "v" })));
        if (backend == Backend.Redis)
            await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results("j"), [new("type", "1"), new("return_value", Convert.ToBase64String(foreign))]);
        else
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job("j"), "result", foreign);

        Job<decimal> job = await Job<decimal>.FetchAsync("j", world.Rq);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        job.Meta["k"].ShouldBe("v");
        (await new JobRegistry(RegistryKind.Finished, "default", world.Rq).GetJobsAsync()).Count.ShouldBe(1);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        JobResult<decimal> result = (await job.GetLatestResultAsync()).ShouldNotBeNull();
        result.ReturnValue.ShouldBe("Unserializable return value");
        result.ReturnValueBytes!.Value.ToArray().ShouldBe(foreign);
        ResultUnreadableException error = Should.Throw<ResultUnreadableException>(() => result.Value);
        error.JobId.ShouldBe("j");
        error.Message.ShouldContain("System.Decimal");
        error.Message.ShouldContain("os.system");
        await Should.ThrowAsync<ResultUnreadableException>(() => job.WaitForResultAsync(Eventually.Limit));
        Should.Throw<ResultUnreadableException>(() => new JobResult<int[]>(result).Value).Type.ShouldBe(typeof(int[]));
    }

    [Theory, OnEachBackend]
    public async Task S134_errors_in_every_old_form_are_listed_with_text_or_size(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        byte[] zlib = Compression.DeflateText("Traceback: zlib " + new string('x', 100));
        await PutAsync(world, "plain", "failed", new HashEntry("exc_info", "Traceback: plain"));
        await PutAsync(world, "zlib", "failed", new HashEntry("exc_info", zlib));
        await PutAsync(world, "truncated", "failed", new HashEntry("exc_info", zlib[..3]));
        await PutAsync(world, "cut", "failed", new HashEntry("exc_info", zlib[..^8]));
        await PutAsync(world, "binary", "failed", new HashEntry("exc_info", new byte[] { 0xff, 0xfe, 0x00 }));
        await PutAsync(world, "requeued", "failed", new HashEntry("exc_info", new byte[] { 0x78, 0x9c, 3, 0, 0, 0, 0, 1 }));
        await PutAsync(world, "missing", "failed");
        await PutAsync(world, "json", "failed", new HashEntry("data", Compression.Deflate("""["f", null, [1, 2], {}]"""u8)));
        foreach (byte protocol in new byte[] { 2, 3, 4, 5 })
            await PutAsync(world, "pickle" + protocol, "failed", new HashEntry("data", (byte[])[0x80, protocol, (byte)'(', .. "X\u0001\0\0\0fN(K\u0001K\u0002t}t."u8]));
        if (backend == Backend.Redis)
        {
            await PutAsync(world, "stream", "failed");
            await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results("stream"), [new("type", "2"), new("exc_string", Convert.ToBase64String(zlib))]);
            await PutAsync(world, "stream-odd", "failed");
            await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results("stream-odd"), [new("type", "2"), new("exc_string", "no base64 at all!"), new("return_value", "%%%")]);
        }

        var texts = new Dictionary<string, string?>();
        foreach (Job job in await new JobRegistry(RegistryKind.Failed, "default", world.Rq).GetJobsAsync())
        {
            job.Function.ShouldBe("f");
            job.Arguments.ShouldBe([1L, 2L]);
            texts[job.Id] = (await job.GetLatestResultAsync())?.ExceptionText;
            (await job.GetResultsAsync()).Count.ShouldBeLessThan(2);
        }

        texts["plain"].ShouldBe("Traceback: plain");
        texts["zlib"].ShouldNotBeNull().ShouldStartWith("Traceback: zlib");
        texts["truncated"].ShouldBe("unreadable (3 bytes)");
        texts["cut"].ShouldNotBeNull().ShouldStartWith("Traceback: zlib");
        texts["binary"].ShouldBe("unreadable (3 bytes)");
        texts["requeued"].ShouldBe("");
        texts["missing"].ShouldBeNull();
        texts.Keys.ShouldContain("pickle2");
        texts.Keys.ShouldContain("pickle5");
        texts.Keys.ShouldContain("json");
        if (backend == Backend.Redis)
        {
            texts["stream"].ShouldNotBeNull().ShouldStartWith("Traceback: zlib");
            texts["stream-odd"].ShouldBe("no base64 at all!");
        }

        ((byte[]?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job("truncated"), "exc_info")).ShouldBe(zlib[..3]);
    }

    private static async Task PutAsync(TestWorld world, string id, string status, params HashEntry[] fields)
    {
        IDatabase db = world.Rq.Database;
        byte[] data = [0x80, 5, (byte)'(', 0x8c, 1, (byte)'f', .. "N(K\u0001K\u0002t}t."u8];
        await db.HashSetAsync(world.Rq.Keys.Job(id), [new("created_at", "2026-01-02T03:04:05Z"), new("data", data), new("origin", "default"), new("status", status), .. fields]);
        await db.SortedSetAddAsync($"{world.Rq.KeyPrefix}{status}:default", id, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1000);
    }
}
