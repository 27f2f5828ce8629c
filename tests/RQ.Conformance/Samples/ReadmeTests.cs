using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Samples;

/// <summary>What the README shows is what happens.</summary>
public class ReadmeTests
{
    [Fact]
    public async Task The_example_runs()
    {
        (int words, Job later) = await ReadmeExample.RunAsync();
        words.ShouldBe(6);
        later.Status.ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task The_other_examples_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<Words>();

        (Job old, Job fetch, Job<int> count, Job report) = await ReadmeExample.MoreAsync(world.Queue(), () => world.RunBurstAsync());

        (await old.GetStatusAsync()).ShouldBe(JobStatus.Finished, "it was requeued");
        (await fetch.GetStatusAsync()).ShouldBe(JobStatus.Finished, "it was retried");
        (await count.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await report.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        Words.Told.ShouldContain(told => told.EndsWith(": 2", StringComparison.Ordinal));
        await ReadmeExample.ScheduleAsync(world.Rq);
        (await world.Rq.Cron.FindAsync("report")).ShouldNotBeNull();
    }

    [Fact]
    public void The_examples_are_the_code_that_runs()
    {
        string[] code = [.. new[] { "tests/RQ.Conformance/Samples/ReadmeExample.cs", "samples/PythonInterop/IForecasts.cs", "samples/PythonInterop/Program.cs" }
            .SelectMany(file => Pages.Lines(Pages.Read(file)))];
        string[][] blocks = [.. Pages.Blocks("```csharp").Select(Pages.Lines)];
        blocks.Length.ShouldBe(5);
        foreach (string[] shown in blocks)
        {
            int start = Array.IndexOf(code, shown[0]);
            code.Skip(start).Take(shown.Length).ShouldBe(shown);
        }
    }

    [Fact]
    public async Task The_examples_of_the_page_on_workers_run()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.Functions.AddAssemblyOf<Words>();
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "one\ntwo\n");
        Job job = await world.Queue().EnqueueAsync(() => WorkersExample.ImportAsync(file, null!));
        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.Name = "reports-1";
            new ShopWorker().Configure(options);
        });
        await job.WaitForResultAsync(Eventually.Limit);

        WorkersExample.Saved.ShouldBe(["one", "two"]);
        (await WorkersExample.LookAsync(world.Rq)).ShouldBeTrue();
        await worker.Completion.WaitAsync(Eventually.Limit);
        WorkersExample.CountPages(file).ShouldBe(1);
        File.Delete(file);
    }

    [Fact]
    public void The_examples_of_the_page_on_workers_are_the_code_that_runs()
    {
        string[] code = [.. new[] { "tests/RQ.Conformance/Samples/WorkersExample.cs", "samples/WebApp/Program.cs" }
            .SelectMany(file => Pages.Lines(Pages.Read(file)))];
        string[][] blocks = [.. Pages.Blocks("```csharp", "docs/workers.md").Select(Pages.Lines)];
        blocks.Length.ShouldBe(6);
        foreach (string[] shown in blocks)
            code.Skip(Array.IndexOf(code, shown[0])).Take(shown.Length).ShouldBe(shown);
    }

    [Fact]
    public void The_output_is_what_the_sample_prints() =>
        Pages.Lines(Pages.Blocks("```text").First()).ShouldBe(Pages.Lines(Pages.Read("samples/Quickstart/expected-output.txt")));
}
