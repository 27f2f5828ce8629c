namespace RQ.Tool.Tests.Info;

/// <summary>S133: queues of any name are one line each, and the terminal is left alone.</summary>
public class OddNamesTests
{
    [Fact]
    public async Task Queues_of_any_name_have_a_line_each_and_can_be_named_on_the_command_line_S133()
    {
        string[] names =
        [
            "with space", "line\nbreak", "\u001b[31mred", "\u202eright to left", "e\u0301", "\u00e9", "任务", "\U0001f469\u200d\U0001f680", "a:b", "{tag}", "*", "?", "[a-z]", "\\", "%s", "..", "a/b", "queue+name", "50%", "--url", "@file", new string('x', 64 * 1024),
        ];
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        foreach (string name in names)
            await world.Queue(name).EnqueueAsync(JobCall.To("f"));

        RqExit all = await RqProcess.RunAsync("info", "-u", world.Url, "--raw", "-Q");
        all.Code.ShouldBe(0, all.Errors);
        all.OutputLines.Count(line => line.EndsWith(" 1, 0 executing, 0 finished, 0 failed", StringComparison.Ordinal)).ShouldBe(names.Length);
        all.Output.ShouldNotContain('\e');
        all.Output.ShouldNotContain('\u202e');

        foreach (string name in names)
        {
            RqExit one = await RqProcess.RunAsync("info", "-u", world.Url, "--raw", "-Q", "--", name);
            one.Code.ShouldBe(0, one.Errors);
            one.OutputLines.Single().ShouldEndWith(" 1, 0 executing, 0 finished, 0 failed");
        }
    }
}
