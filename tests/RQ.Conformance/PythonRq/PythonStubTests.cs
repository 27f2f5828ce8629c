using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Stubs of Python functions: the calls are enqueued here and run by Python.</summary>
public class PythonStubTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Python_gets_what_the_stub_was_called_with(bool asJson)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        var options = new JobOptions { Serializer = asJson ? JobSerializer.Json : null };
        var more = new Dictionary<string, object?> { ["z"] = 3 };

        Job<string> seen = await world.Queue().EnqueueAsync((IPythonCalls calls) => calls.Seen(more, 1, "two", null), options);
        Job<string> defaults = await world.Queue().EnqueueAsync((IPythonCalls calls) => calls.KeywordOnly("a", null, null), options);
        Job<string> given = await world.Queue().EnqueueAsync((IPythonCalls calls) => calls.KeywordOnly("a", 3, "+"), options);
        Job<int> total = await world.Queue().EnqueueAsync((IPythonCalls calls) => calls.TotalAsync(10, 1, 2, 3), options);
        Job<Statistics> shaped = await world.Queue().EnqueueAsync(() => PythonCalls.Measure(new[] { "a", "abc" }), options);
        await python.CommandAsync(["worker", "--burst", .. asJson ? new[] { "--serializer", "rq.serializers.JSONSerializer" } : [], "default"]);

        (await seen.WaitForResultAsync(Eventually.Limit)).ShouldBe("((1, 'two', None), {'z': 3})");
        (await defaults.WaitForResultAsync(Eventually.Limit)).ShouldBe("a-a");
        (await given.WaitForResultAsync(Eventually.Limit)).ShouldBe("a+a+a");
        (await total.WaitForResultAsync(Eventually.Limit)).ShouldBe(60);
        (await shaped.WaitForResultAsync(Eventually.Limit)).ShouldBe(new Statistics(2, "abc"));
    }

    [Fact]
    public async Task Every_way_to_enqueue_takes_a_stub()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Queue queue = world.Queue("stubs");
        var jobs = new List<Job>
        {
            await queue.EnqueueAsync((IPythonCalls calls) => calls.TotalAsync(1, 1)),
            await queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddHours(-1), (IPythonCalls calls) => calls.TotalAsync(1, 2)),
            await queue.EnqueueInAsync(TimeSpan.Zero, (IPythonCalls calls) => calls.TotalAsync(1, 3)),
            await world.Rq.EnqueueAsync((IPythonCalls calls) => calls.TotalAsync(1, 4)),
        };
        jobs.AddRange(await queue.EnqueueManyAsync([JobRequest.For((IPythonCalls calls) => calls.TotalAsync(1, 5)), JobRequest.For(() => PythonCalls.Total(1, 6))]));
        var batch = new JobBatch(world.Rq);
        batch.Add(world.Queue("stubs"), (IPythonCalls calls) => calls.TotalAsync(1, 7));
        jobs.AddRange(await batch.EnqueueAsync());
        await world.Rq.Cron.AddOrUpdateAsync("stub", "0 0 1 1 *", (IPythonCalls calls) => calls.TotalAsync(1, 8));
        jobs.Add((await world.Rq.Cron.TriggerAsync("stub"))!);
        jobs[3].Origin.ShouldBe("stubs", "its [Job(Queue)] says so");
        jobs[3].Timeout.ShouldBe(TimeSpan.FromSeconds(30));

        await python.WorkAsync("stubs");

        var results = new List<int>();
        foreach (Job job in jobs)
            results.Add((await job.WaitForResultAsync(Eventually.Limit)).GetReturnValue<int>());
        results.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
    }

    [Fact]
    public async Task A_function_here_of_that_name_runs_the_call_too()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.Functions.Add("python_calls.total", (int[] numbers) => 0).Add("python_calls.keyword_only", (string text, [PythonKeyword] int repeat = 5) => repeat);
        Job<string> job = await world.Queue().EnqueueAsync((IPythonCalls calls) => calls.KeywordOnly("a", 3, null));

        await world.RunBurstAsync();

        (await job.GetLatestResultAsync())!.GetReturnValue<int>().ShouldBe(3);
    }

    [PythonModule("python_calls")]
    public interface IPythonCalls
    {
        string Seen([PythonKwargs] IReadOnlyDictionary<string, object?>? more, params object?[] items);

        string KeywordOnly(string text, [PythonKeyword(OmitNull = true)] int? repeat, [PythonKeyword("sep", OmitNull = true)] string? separator);

        [Job(Queue = "stubs", TimeoutSeconds = 30)]
        Task<int> TotalAsync([PythonKeyword] int scale, params int[] numbers);
    }

    [PythonModule("python_calls")]
    public static class PythonCalls
    {
        [PythonFunction("statistics", ByKeyword = true)]
        public static Statistics Measure(string[] words) => throw new NotSupportedException($"{words.Length} words are measured in Python.");

        [PythonFunction]
        public static int Total([PythonKeyword] int scale, params int[] numbers) => throw new NotSupportedException($"{scale * numbers.Length}");
    }

    public sealed record Statistics(int Count, string Longest);
}
