using System.Text.Json;
using StackExchange.Redis;

namespace RQ.Tool.Tests.Security;

/// <summary>S146: what jobs, queues, workers and schedules are called and say is shown as text, whatever is in it.</summary>
public class MarkupTests
{
    /// <summary>A title for the terminal, colours, a cleared screen, a link, a line of its own, text from right to left, and the markup of Spectre and of HTML.</summary>
    private const string Hostile = "[red]x[/] [link=http://a]y[/] [[z <script>alert(1)</script> \e]0;title\a\e[2J\e[31m\e]8;;http://a\e\\ \u009b1m \u202e \r\nrq: all is well";

    [Fact]
    public async Task S146_markup_and_control_sequences_are_shown_as_text_by_every_command()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        IDatabase database = world.Database();
        Job failed = await world.Queue(Hostile).EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Fail", Hostile), new JobOptions { Description = Hostile, Meta = new Dictionary<string, object?> { ["k"] = Hostile } });
        await world.RunBurstAsync([Hostile], options => options.Name = Hostile.Replace("\e", "", StringComparison.Ordinal));
        await database.SetAddAsync("rq:workers", $"rq:worker:{Hostile}");
        await database.HashSetAsync($"rq:worker:{Hostile}", [new("queues", Hostile), new("state", Hostile), new("hostname", Hostile), new("ip_address", Hostile), new("birth", "2026-11-25T10:35:36.971904Z")]);
        await world.Rq.Cron.AddOrUpdateAsync(CronSchedule.For("[red]nightly[/] <b>", "0 0 * * *", () => TestJobs.Fail(Hostile)) with
        {
            Queue = Hostile,
            Options = new JobOptions { Description = Hostile, Meta = new Dictionary<string, object?> { ["k"] = Hostile }, OnFailure = Callback.To(Hostile) },
        });

        foreach (string[] command in new string[][]
        {
            ["info"], ["info", "--raw"], ["info", "-W", "-R"], ["cron", "list"], ["cron", "show", "[red]nightly[/] <b>"], ["cron", "list", "--json"], ["cron", "show", "[red]nightly[/] <b>", "--json"],
            ["cron", "schedulers"], ["cron", "trigger", "[red]nightly[/] <b>"], ["cron", "show", Hostile], ["stop", Hostile], ["shutdown", Hostile], ["requeue", "--queue", Hostile, "--all"], ["requeue", "--queue", Hostile, Hostile],
            ["enqueue", "-q", Hostile, "--description", Hostile, Hostile, Hostile], ["worker", "-b", "-v", "--isolation", "none", "--assembly", RqProcess.JobAssembly, Hostile],
            ["worker", "-b", "-v", "--name", "plain", "--assembly", RqProcess.JobAssembly, Hostile], ["empty", Hostile], ["worker", "-b", "--worker-class", Hostile], ["info", "--no-such-option", Hostile], [Hostile],
        })
        {
            RqExit exit = await RqProcess.RunAsync([("RQ_REDIS_URL", world.Url), ("COLUMNS", "4000")], command);

            string shown = exit.Output + exit.Errors;
            string what = $"{string.Join(' ', command[..Math.Min(2, command.Length)])}: {shown}";
            shown.ShouldAllBe(c => !char.IsControl(c) || c == '\n' || c == '\t', what);
            shown.ShouldNotContain("\u202e", Case.Sensitive, what);
            shown.Split('\n').ShouldNotContain(line => line.StartsWith("rq: all is well", StringComparison.Ordinal), what);
        }

        (await failed.GetStatusAsync()).ShouldBe(JobStatus.Failed);
    }

    [Fact]
    public async Task S146_markup_is_shown_literally_and_json_holds_the_very_text()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue(Hostile).EnqueueAsync(() => TestJobs.Nothing());
        await world.Rq.Cron.AddOrUpdateAsync(CronSchedule.For("[red]nightly[/]", "0 0 * * *", () => TestJobs.Fail(Hostile)) with { Queue = Hostile });
        (string, string)[] environment = [("RQ_REDIS_URL", world.Url), ("COLUMNS", "4000")];

        const string Literal = @"[red]x[/] [link=http://a]y[/] [[z <script>alert(1)</script> \x1b]0;title\x07\x1b[2J\x1b[31m\x1b]8;;http://a\x1b\ \x9b1m \u202e \r\nrq: all is well";
        (await RqProcess.RunAsync(environment, "info")).Output.ShouldContain(Literal);
        (await RqProcess.RunAsync(environment, "cron", "list")).Output.ShouldContain("[red]nightly[/]");
        (await RqProcess.RunAsync(environment, "cron", "show", "[red]nightly[/]")).Output.ShouldContain(Literal);
        string json = (await RqProcess.RunAsync(environment, "cron", "show", "[red]nightly[/]", "--json")).Output;
        using JsonDocument document = JsonDocument.Parse(json);
        document.RootElement.GetProperty("queue").GetString().ShouldBe(Hostile);
        document.RootElement.GetProperty("args")[0].GetString().ShouldBe(Hostile);
    }
}
