using System.Text.Json;

namespace RQ.Tool.Tests.Security;

/// <summary>S143: what is redacted is not shown by the command either, although it is stored.</summary>
public class RedactedScheduleTests
{
    private const string Secret = "s3cret-7f3a";

    [Fact]
    public async Task No_command_and_no_worker_shows_a_redacted_argument_S143()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        CronSchedule schedule = CronSchedule.For("sign-in", "0 0 * * *", () => RedactedJobs.SignIn("ada", Secret));
        await world.Rq.Cron.AddOrUpdateAsync(schedule);
        (await world.Rq.Cron.AddOrUpdateAsync(schedule)).ShouldBeFalse("nothing has changed");
        await world.Queue().EnqueueAsync(() => RedactedJobs.SignIn("ada", Secret));
        (string, string)[] environment = [("RQ_REDIS_URL", world.Url)];
        var shown = new List<string>();
        foreach (string[] command in new string[][]
        {
            ["cron", "list"], ["cron", "list", "--json"], ["cron", "show", "sign-in"], ["cron", "show", "sign-in", "--json"], ["cron", "trigger", "sign-in"], ["info"],
            ["cron", "edit", "sign-in", "--queue", "low"], ["cron", "show", "sign-in", "--json"], ["worker", "-b", "-v", "--assembly", RqProcess.JobAssembly, "default", "low"],
        })
        {
            RqExit exit = await RqProcess.RunAsync(environment, command);
            exit.Code.ShouldBe(0, exit.Errors);
            shown.Add(exit.Output + exit.Errors);
        }

        shown.ShouldAllBe(text => !text.Contains(Secret, StringComparison.Ordinal));
        shown[2].ShouldContain("RQ.TestSupport.RedactedJobs.SignIn('ada', ***)");
        using JsonDocument json = JsonDocument.Parse(shown[7]);
        json.RootElement.GetProperty("call").GetString().ShouldBe("RQ.TestSupport.RedactedJobs.SignIn('ada', ***)");
        json.RootElement.GetProperty("args").ValueKind.ShouldBe(JsonValueKind.Null);
        shown[8].ShouldContain("RQ.TestSupport.RedactedJobs.SignIn('ada', ***)");
        (await world.Rq.Cron.FindAsync("sign-in"))!.Schedule.Call.Arguments.ShouldBe(["ada", Secret]);
    }
}
