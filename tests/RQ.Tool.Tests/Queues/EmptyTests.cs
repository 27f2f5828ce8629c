namespace RQ.Tool.Tests.Queues;

/// <summary>CLI_3: <c>rq empty</c>.</summary>
public class EmptyTests
{
    [Fact]
    public async Task It_deletes_what_waits_on_the_queues_and_says_so_in_RQs_words_CLI_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await FillAsync(world, "high", 3);
        await FillAsync(world, "low", 2);
        Job later = await world.Queue("high").EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());

        (await RqProcess.RunAsync("empty", "-u", world.Url, "high", "none", "high")).ShouldBe(
            new RqExit(0, "3 jobs removed from high queue\n0 jobs removed from none queue\n", ""));

        (await world.Queue("high").CountAsync()).ShouldBe(0);
        (await world.Queue("low").CountAsync()).ShouldBe(2);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled, "only what waits is deleted");
    }

    [Theory]
    [InlineData("-a")]
    [InlineData("--all")]
    public async Task All_are_all_that_are_known_CLI_3(string option)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await FillAsync(world, "a", 1);
        await FillAsync(world, "b", 2);

        RqExit exit = await RqProcess.RunAsync("empty", "-u", world.Url, option);

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.ShouldBe(["1 jobs removed from a queue", "2 jobs removed from b queue"], ignoreOrder: true);
    }

    [Fact]
    public async Task Without_queues_there_is_nothing_to_do_CLI_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        (await RqProcess.RunAsync("empty", "-u", world.Url)).ShouldBe(new RqExit(0, "Nothing to do\n", ""));
        (await RqProcess.RunAsync("empty", "-u", world.Url, "--all")).ShouldBe(new RqExit(0, "Nothing to do\n", ""));
    }

    [Fact]
    public async Task A_name_behind_two_dashes_may_look_like_an_option_CLI_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await FillAsync(world, "--all", 1);
        await FillAsync(world, "other", 1);

        (await RqProcess.RunAsync("empty", "-u", world.Url, "--", "--all")).Output.ShouldBe("1 jobs removed from --all queue\n");
        (await world.Queue("other").CountAsync()).ShouldBe(1);
    }

    private static async Task FillAsync(TestWorld world, string queue, int count)
    {
        for (int i = 0; i < count; i++)
            await world.Queue(queue).EnqueueAsync(() => TestJobs.Nothing());
    }
}
