using StackExchange.Redis;

namespace RQ.Tool.Tests.Info;

/// <summary>CLI_2: <c>rq info</c> as a process.</summary>
public class InfoTests
{
    [Fact]
    public async Task Prints_as_RQ_does_and_changes_nothing_CLI_2()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await ArrangeAsync(world);
        string before = await DumpAsync(world);

        RqExit all = await RqProcess.RunAsync("info", "-u", world.Url);
        RqExit raw = await RqProcess.RunAsync("info", "-u", world.Url, "--raw");
        RqExit queues = await RqProcess.RunAsync("info", "-u", world.Url, "-Q", "a queue with a name", "none");
        RqExit workers = await RqProcess.RunAsync("info", "-u", world.Url, "-W", "none", "default");
        RqExit byQueue = await RqProcess.RunAsync("info", "-u", world.Url, "-W", "-R");

        all.Code.ShouldBe(0, all.Errors);
        all.Output.ShouldMatch("""
            ^a queue with a name \|█ 1, 0 executing, 0 finished, 0 failed
            default      \|███ 3, 1 executing, 2 finished, 2 failed
            2 queues, 4 jobs total

            bw \(vm 127\.0\.0\.1:49946 29604\): busy default, low\. jobs: 5 finished, 1 failed
            elsewhere \(unknown unknown unknown\): idle other\. jobs: 0 finished, 0 failed
            2 workers, 2 queues

            Updated: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?
            $
            """);
        raw.Output.ShouldBe("""
            queue a queue with a name 1, 0 executing, 0 finished, 0 failed
            queue default 3, 1 executing, 2 finished, 2 failed
            worker bw (vm 127.0.0.1:49946 29604) busy default, low. jobs: 5 finished, 1 failed
            worker elsewhere (unknown unknown unknown) idle other. jobs: 0 finished, 0 failed

            """);
        queues.Output.ShouldBe("""
            a queue with a name |█ 1, 0 executing, 0 finished, 0 failed
            none         | 0, 0 executing, 0 finished, 0 failed
            2 queues, 1 jobs total

            """);
        workers.Output.ShouldBe("""
            bw (vm 127.0.0.1:49946 29604): busy default, low. jobs: 5 finished, 1 failed
            1 workers, 2 queues

            """);
        byQueue.Output.ShouldBe("""
            a queue with a name: –
            default:             bw (busy)
            2 workers, 2 queues

            """);
        (await DumpAsync(world)).ShouldBe(before);
    }

    [Fact]
    public async Task An_empty_server_is_fine()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        (await RqProcess.RunAsync("info", "-u", world.Url)).Output.ShouldStartWith("0 queues, 0 jobs total\n\n0 workers, 0 queues\n\nUpdated: ");
        (await RqProcess.RunAsync("info", "-u", world.Url, "-r", "-R")).ShouldBe(new RqExit(0, "", ""));
    }

    [Fact]
    public async Task Interval_repeats_until_a_signal()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess info = RqProcess.Start("info", "-u", world.Url, "--interval", "0.01");
        await info.LineAsync("Updated:");
        await world.Queue("new").EnqueueAsync(JobCall.To("f"));

        await info.LineAsync("1 queues, 1 jobs total");
        await info.SignalAsync("INT");

        (await info.ExitAsync()).Code.ShouldBe(0);
    }

    private static async Task ArrangeAsync(TestWorld world)
    {
        for (int i = 0; i < 3; i++)
            await world.Queue().EnqueueAsync(JobCall.To("f"));
        await world.Queue("a queue with a name").EnqueueAsync(JobCall.To("f"));

        IDatabase database = world.Database();
        double later = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600;
        await database.SortedSetAddAsync("rq:wip:default", [new("a:e", later), new("abandoned:e", 1)]);
        await database.SortedSetAddAsync("rq:finished:default", [new("b", later), new("kept", double.PositiveInfinity), new("expired", 1)]);
        await database.SortedSetAddAsync("rq:failed:default", [new("c", later), new("kept", -1), new("expired", 1)]);
        await database.HashSetAsync("rq:worker:bw",
        [
            new("hostname", "vm"), new("ip_address", "127.0.0.1:49946"), new("pid", 29604), new("state", "busy"), new("queues", "default,low"),
            new("successful_job_count", 5), new("failed_job_count", 1),
        ]);
        await database.HashSetAsync("rq:worker:elsewhere", [new("state", "idle"), new("queues", "other")]);
        foreach (string set in new[] { "rq:workers", "rq:workers:default" })
            await database.SetAddAsync(set, ["rq:worker:bw", "rq:worker:vanished"]);
        await database.SetAddAsync("rq:workers", "rq:worker:elsewhere");
    }

    private static async Task<string> DumpAsync(TestWorld world)
    {
        IServer server = world.Rq.Multiplexer.GetServers()[0];
        var dump = new List<string>();
        await foreach (RedisKey key in server.KeysAsync(world.Database().Database))
            dump.Add($"{key} {Convert.ToHexString((await world.Database().KeyDumpAsync(key))!)}");
        return string.Join('\n', dump.Order(StringComparer.Ordinal));
    }
}
