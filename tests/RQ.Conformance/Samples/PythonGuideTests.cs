using System.Text.RegularExpressions;
using RQ.Conformance.Samples.Moving;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

/// <summary>What the guide to Python says within its text. Its blocks of code: <see cref="PythonInteropTests"/>.</summary>
public class PythonGuideTests
{
    private const string Page = "docs/python.md";

    [Fact]
    public async Task Python_calls_by_each_name_that_a_function_has()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.AddAssemblyOf<PythonGuideTests>();
        string ids = await python.RunAsync("""
            q = queue()
            jobs = [
                q.enqueue('orders.total', '2.50', count=2), q.enqueue('shop.tasks.total', unit_price='1.5', count=3),
                q.enqueue('RQ.Conformance.Samples.Moving.Shop.Greet', 'Ada'), q.enqueue('maths.power', 2, 10),
            ]
            print(*[job.id for job in jobs])
            """);

        (await world.RunBurstAsync(configure: options =>
        {
            options.Functions.Add("maths.power", Math.Pow);
        })).ShouldBe(4);

        await python.RunAsync($"""
            from decimal import Decimal
            results = [fetch(id).return_value() for id in '{ids.Trim()}'.split()]
            assert results == [Decimal('5.00'), Decimal('4.5'), 'Hello, Ada', 1024.0], results
            """);
    }

    [Fact]
    public async Task A_function_here_stands_in_for_pythons()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> count = await world.Queue().EnqueueAsync((ITexts texts) => texts.CountWords("to be"));
        Job byKeyword = await world.Queue().EnqueueAsync(JobCall.To("texts.count_words", [], new Dictionary<string, object?> { ["text"] = "or not" }));

        (await world.RunBurstAsync(configure: options =>
        {
            options.Functions.Add("texts.count_words", (string text) => 42);
        })).ShouldBe(2);

        (await count.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await byKeyword.WaitForResultAsync(Eventually.Limit)).GetReturnValue<int>().ShouldBe(42);
    }

    [Fact]
    public async Task Moving_job_by_job_each_queue_keeps_its_language()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world, Path.Combine("Samples", "Guide"));
        await using PythonSession producer = python.StartSession("""
            import my_module
            url = 'https://example.org/to-be-or-not-to-be'
            old = Queue('old', connection=redis)
            def worker_of(job):
                until_is(job.id, 'finished')
                job.refresh()
                assert job.return_value() == 6 and job.func_name == 'my_module.count_words', job.to_dict()
                return job.worker_name

            """);
        string name = $"dotnet-{Guid.NewGuid():N}";
        using PythonWorker pythons = python.StartWorker("--name", "of-python", "old");
        await producer.RunAsync("assert worker_of(old.enqueue(my_module.count_words, url)) == 'of-python'");

        // 1. and 2. A worker here, and a producer in Python that names the new queue. Its caller reads the result as before.
        world.StartWorker(["dotnet"], options => options.Name = name);
        await producer.RunAsync($"""
            job = Queue('dotnet', connection=redis).enqueue('my_module.count_words', url)
            assert worker_of(job) == '{name}'
            """);

        // 3. What is on the old queue is still Python's.
        await producer.RunAsync("assert worker_of(old.enqueue(my_module.count_words, url)) == 'of-python'");

        // 4. A producer here stores the same name, so that either may run it.
        foreach ((string queue, string worker) in new[] { ("dotnet", name), ("old", "of-python") })
        {
            Job<int> job = await Producer.ProduceAsync(world.Queue(queue), "https://example.org/to-be-or-not-to-be");
            job.Function.ShouldBe("my_module.count_words");
            await producer.RunAsync($"assert worker_of(fetch('{job.Id}')) == '{worker}'");
        }

        await producer.RunAsync("""
            assert old.count == old.failed_job_registry.count == old.scheduled_job_registry.count == old.deferred_job_registry.count == 0
            assert Queue('dotnet', connection=redis).failed_job_registry.count == 0
            """);
    }

    [Theory]
    [InlineData("""[Job("orders.total", Aliases = ["shop.tasks.total"])]""")]
    [InlineData("""options.Functions.Add("maths.power", Math.Pow)""")]
    [InlineData("""options.Functions.Add("texts.count_words", (string text) => 42)""")]
    [InlineData("""[Job("my_module.count_words")]""")]
    [InlineData("""Queue('dotnet', connection=redis).enqueue('my_module.count_words', url)""")]
    [InlineData("""EnqueueAsync(() => Words.CountWords(url))""")]
    public void The_code_within_the_text_is_the_code_that_runs(string code)
    {
        Pages.Read(Page).ShouldContain($"`{code}`");
        string[] lines = [.. Pages.Lines(Pages.Read("tests/RQ.Conformance/Samples/PythonGuideTests.cs")), .. Pages.Lines(Pages.Read("tests/RQ.Conformance/Samples/MovingExample.cs"))];
        lines.ShouldContain(line => line.Contains(code, StringComparison.Ordinal) && !line.StartsWith("[InlineData", StringComparison.Ordinal));
    }

    /// <summary>That it is so quick is shown by the tests of crashes; this notices when one of the times changes.</summary>
    [Fact]
    public void The_times_of_recovery_are_those_of_the_code()
    {
        string text = Regex.Match(Pages.Read(Page), @"\*\*Recovery\.\*\*.*?\n\n", RegexOptions.Singleline).Value;
        text.ShouldContain($"within {(WorkerRecord.LeaseTime + WorkerRecord.RenewEvery).TotalSeconds} s of the worker's last sign of life");
        text.ShouldContain($"has run for {WorkerRecord.LeaseTime.TotalSeconds} s by then");
        new WorkerOptions().LeftoversInterval.ShouldBe(TimeSpan.FromSeconds(30), "'within half a minute', and 'up to a minute more': two looks of ours that are a little longer apart than one interval");
        text.ShouldContain("within half a minute after its time in `rq:wip` is over");
        text.ShouldContain("up to a minute more");
    }
}
