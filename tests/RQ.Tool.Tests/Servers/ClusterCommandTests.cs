namespace RQ.Tool.Tests.Servers;

/// <summary>Commands in namespaces of a cluster, whose address may name any of its nodes.</summary>
public sealed class ClusterCommandTests
{
    [Fact]
    public async Task The_commands_that_look_and_tidy_up_work_on_each_node_of_a_cluster()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        for (int node = 0; node < cluster.Primaries.Count; node++)
        {
            string prefix = cluster.PrefixOn(node);
            await using RqConnection rq = await RqConnection.ConnectAsync(cluster.Url, new RqConnectionOptions { KeyPrefix = prefix });
            var queue = new Queue("letters", rq);
            Job bad = await queue.EnqueueAsync(() => TestJobs.Fail("no stamp"));
            await new Worker(["letters"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<TestWorld>(), Burst = true }).RunAsync();
            await rq.Cron.AddOrUpdateAsync("post", "0 9 * * *", () => TestJobs.Nothing());

            (await RunAsync("info", "--raw", "-Q")).OutputLines.ShouldBe(["queue letters 0, 0 executing, 0 finished, 1 failed"]);
            (await RunAsync("requeue", "--queue", "letters", "--all")).Code.ShouldBe(0);
            (await bad.GetStatusAsync()).ShouldBe(JobStatus.Queued);
            (await RunAsync("enqueue", "-q", "letters", "RQ.TestSupport.TestJobs.Nothing")).Code.ShouldBe(0);
            (await queue.CountAsync()).ShouldBe(2);
            (await RunAsync("empty", "letters")).Code.ShouldBe(0);
            (await queue.CountAsync()).ShouldBe(0);
            (await RunAsync("suspend", "--duration", "60")).Code.ShouldBe(0);
            (await RunAsync("resume")).Code.ShouldBe(0);
            (await RunAsync("cron", "list")).Output.ShouldContain("post");

            async Task<RqExit> RunAsync(params string[] arguments)
            {
                RqExit exit = await RqProcess.RunAsync([.. arguments, "-u", cluster.Url, "--key-prefix", prefix]);
                exit.Errors.ShouldBeEmpty();
                return exit;
            }
        }
    }
}
