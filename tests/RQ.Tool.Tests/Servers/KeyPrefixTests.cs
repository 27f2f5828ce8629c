namespace RQ.Tool.Tests.Servers;

/// <summary>Commands in a namespace of its own.</summary>
public sealed class KeyPrefixTests
{
    private const string Prefix = "{app}:";

    [Fact]
    public async Task The_option_and_the_variable_name_the_namespace()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqConnection rq = await RqConnection.ConnectAsync(world.Url, new RqConnectionOptions { KeyPrefix = Prefix });
        await new Queue("inside", rq).EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue("outside").EnqueueAsync(() => TestJobs.Nothing());

        (await RqProcess.RunAsync("info", "-u", world.Url, "--raw", "-Q", "--key-prefix", Prefix)).OutputLines.ShouldBe(["queue inside 1, 0 executing, 0 finished, 0 failed"]);
        (await RqProcess.RunAsync([("RQ_KEY_PREFIX", Prefix)], "info", "-u", world.Url, "--raw", "-Q")).OutputLines.ShouldBe(["queue inside 1, 0 executing, 0 finished, 0 failed"]);
        (await RqProcess.RunAsync([("RQ_KEY_PREFIX", Prefix)], "info", "-u", world.Url, "--raw", "-Q", "--key-prefix", "rq:")).OutputLines.ShouldBe(["queue outside 1, 0 executing, 0 finished, 0 failed"]);
        RqExit none = await RqProcess.RunAsync("info", "-u", world.Url, "--key-prefix", "");
        none.Code.ShouldNotBe(0);
        none.Errors.ShouldContain("KeyPrefix must not be empty");
    }

    [Fact]
    public async Task A_pool_and_its_work_horses_serve_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqConnection rq = await RqConnection.ConnectAsync(world.Url, new RqConnectionOptions { KeyPrefix = Prefix });
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));

        RqExit exit = await RqProcess.RunAsync("worker-pool", "-u", world.Url, "--key-prefix", Prefix, "--assembly", RqProcess.JobAssembly, "-b", "-n", "1");

        exit.Code.ShouldBe(0, exit.Errors);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }
}
