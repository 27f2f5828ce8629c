namespace RQ.Tool.Tests.Workers;

/// <summary>S133: texts in every script, and texts that are none, on a console that knows only ASCII.</summary>
public class UnicodeTests
{
    private static readonly string[] s_texts =
        ["任务失败", "🙈 emoji", "half \ud800 a pair", "NUL \0 inside", "right \u202e to left", "line\nbreak", "escape \e[31m red", "café ☃"];

    [Theory]
    [InlineData("C")]
    [InlineData("en_US.US-ASCII")]
    [InlineData("zh_CN.GB18030")]
    public async Task Every_job_ends_and_has_its_line_whatever_its_text_S133(string locale)
    {
        (string, string)[] environment = [("LC_ALL", locale), ("LANG", locale)];
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Queue queue = world.Queue("队列");
        var failing = new List<Job>();
        var finishing = new List<Job>();
        for (int i = 0; i < s_texts.Length; i++)
        {
            string text = s_texts[i];
            failing.Add(await queue.EnqueueAsync(() => TestJobs.Fail(text), new JobOptions { Id = $"fails-{i}", Description = text }));
            finishing.Add(await queue.EnqueueAsync(() => TestJobs.Echo(text), new JobOptions { Id = $"echoes-{i}", Description = text }));
        }

        RqExit exit = await RqProcess.RunAsync(environment, "worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--burst", "-n", "工人", "队列");

        exit.Code.ShouldBe(0, exit.Errors);
        foreach (Job job in failing)
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            exit.OutputLines.Count(line => line.EndsWith($"({job.Id})", StringComparison.Ordinal)).ShouldBe(1);
            exit.ErrorLines.Count(line => line.Contains($"job {job.Id}: exception raised", StringComparison.Ordinal)).ShouldBe(1);
        }

        foreach (Job job in finishing)
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            exit.OutputLines.Count(line => line.EndsWith($": Job OK ({job.Id})", StringComparison.Ordinal)).ShouldBe(1);
        }

        exit.Output.ShouldNotContain('\0');
        exit.Output.ShouldNotContain('\e');
        exit.Errors.ShouldNotContain('\u202e');
        (await RqProcess.RunAsync(environment, "info", "-u", world.Url, "-R")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task The_command_line_takes_and_tells_any_text_S133()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        RqExit exit = await RqProcess.RunAsync(
            [("LC_ALL", "C")], "enqueue", "-u", world.Url, "-q", "队列", "--job-id", "one", "--description", "任务 🙈", "my_module.f", "任务", "ключ=значение", "right \u202e to left");

        exit.ShouldBe(new RqExit(0, "Enqueued my_module.f('任务', 'right \\u202e to left', ключ='значение') with job-id 'one'.\n", ""));
        Job job = await Job.FetchAsync("one", world.Rq);
        job.Description.ShouldBe("任务 🙈");
        job.Arguments.ShouldBe(["任务", "right \u202e to left"]);
    }
}
