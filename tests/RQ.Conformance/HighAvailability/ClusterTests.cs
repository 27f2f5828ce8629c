using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A cluster of three primaries: a namespace is on one of them, and everything in it works as on a server alone.</summary>
public sealed class ClusterTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private RedisCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_namespace_works_on_whatever_node_it_is(int node)
    {
        string prefix = Cluster.PrefixOn(node), key = $"cluster-{node}";
        await using RqConnection rq = await ConnectAsync(prefix);
        await using RunningWorker worker = Serving.StartWorker(rq, ["high", "default"], configure: options =>
        {
            options.Concurrency = 4;
            options.WithScheduler = true;
        });
        Queue high = new("high", rq), queue = new("default", rq);

        // One by one, in bulk, in a batch over several queues, later, by a schedule.
        (await (await queue.EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        IReadOnlyList<Job> many = await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Add", 2, 2), 1200));
        var batch = new JobBatch(rq);
        JobReference first = batch.Add(high, JobCall.To("RQ.TestSupport.TestJobs.Add", 3, 3));
        batch.Add(queue, JobCall.To("RQ.TestSupport.TestJobs.Add", 4, 4), new JobOptions { DependsOn = [first] });
        Job dependent = (await batch.EnqueueAsync())[1];
        Job<int> later = await queue.EnqueueInAsync(TimeSpan.FromMilliseconds(300), () => TestJobs.Add(5, 5));
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("tick", TimeSpan.FromSeconds(1), () => TestJobs.CountRun(key)));

        (await many[^1].WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(4);
        (await dependent.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(8);
        (await later.WaitForResultAsync(Eventually.Limit)).ShouldBe(10);
        await Eventually.BecomesAsync(() => TestJobs.Runs(key) > 1, "the schedule runs");

        // Groups, limits, failures, requeueing, registries, commands.
        var group = new Group(rq, "together");
        IReadOnlyList<Job> members = await group.EnqueueManyAsync(queue, [new JobRequest(JobCall.To("RQ.TestSupport.TestJobs.Nothing"))]);
        (await group.GetJobIdsAsync()).ShouldBe([members[0].Id]);
        Job limited = await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { RateLimit = new RateLimit("one", 1) });
        await limited.WaitForResultAsync(Eventually.Limit);
        Job failing = await queue.EnqueueAsync(() => TestJobs.FailOnce(key, "x"));
        await Eventually.BecomesAsync(async () => await failing.GetStatusAsync() == JobStatus.Failed, "it fails once");
        await failing.RequeueAsync();
        await failing.WaitForResultAsync(Eventually.Limit);
        (await queue.Finished.CountAsync()).ShouldBeGreaterThan(1200);
        Job<string> gated = await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync(key, default));
        await TestJobs.Gate(key).HasEnteredAsync();
        await gated.StopAsync();
        await Eventually.BecomesAsync(async () => await gated.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
        (await Worker.AllAsync(rq)).Single().Name.ShouldBe(worker.Name);
        (await Queue.AllAsync(rq)).Select(each => each.Name).ShouldBe(["default", "high"]);

        // All of it is on one node.
        string[] other = [.. Cluster.Primaries.Where((_, i) => i != node).SelectMany(each => (string[])RedisCluster.Ask(each, "KEYS", $"{prefix}*")!)];
        other.ShouldBeEmpty();
        (await Worker.SendShutdownAsync(rq, worker.Name)).ShouldBeTrue();
        await worker.Completion.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task An_idle_worker_waits_at_the_node_of_its_namespace()
    {
        await using RqConnection rq = await ConnectAsync(Cluster.PrefixOn(2), tag: "idle");
        await using RunningWorker worker = Serving.StartWorker(rq, ["a", "b"]);
        await Eventually.BecomesAsync(() => Waits(2, worker.Name) == 2, "it waits on both queues");
        Waits(0, worker.Name).ShouldBe(0);
        Waits(1, worker.Name).ShouldBe(0);
        (await worker.StopAsync()).ShouldBe(0);

        int Waits(int node, string name) => RedisCluster.Ask(Cluster.Primaries[node], "CLIENT", "LIST").ToString()!.Split('\n').Count(line => line.Contains($"name={name}-wait") && line.Contains("cmd=blmove"));
    }

    [Fact]
    public async Task Jobs_run_in_work_horses_and_by_the_rq_command()
    {
        string prefix = Tagged(Cluster.PrefixOn(1), "horses");
        await using RqConnection rq = await RqConnection.ConnectAsync(Cluster.Url, new RqConnectionOptions { KeyPrefix = prefix });
        var queue = new Queue("default", rq);
        await using (RunningWorker worker = Serving.StartWorker(rq, configure: Serving.Horses(Cluster.Url, "default", "--key-prefix", prefix)))
        {
            int process = await (await queue.EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit);
            process.ShouldNotBe(Environment.ProcessId);
            await worker.StopAsync();
        }

        Job<int> job = await queue.EnqueueAsync(() => TestJobs.Add(20, 22));
        await using WorkerProcess command = await WorkerProcess.StartAsync(Cluster.Url, "--key-prefix", prefix, "--isolation", "work-horse", "--burst");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await command.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Several_workers_of_one_program_serve_namespaces_on_different_nodes()
    {
        RqConnection[] connections = [await ConnectAsync(Cluster.PrefixOn(0), "several"), await ConnectAsync(Cluster.PrefixOn(1), "several"), await ConnectAsync(Cluster.PrefixOn(2), "several")];
        RunningWorker[] workers = [.. connections.Select(rq => Serving.StartWorker(rq))];
        try
        {
            Job<int>[] jobs = await Task.WhenAll(connections.Select(rq => new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))));
            foreach (Job<int> job in jobs)
                (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
            foreach (RunningWorker worker in workers)
                (await worker.StopAsync()).ShouldBe(1);
        }
        finally
        {
            foreach (RunningWorker worker in workers)
                await worker.DisposeAsync();
            foreach (RqConnection rq in connections)
                await rq.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_connection_to_the_cluster_serves_several_namespaces()
    {
        await using ConnectionMultiplexer shared = await ConnectionMultiplexer.ConnectAsync(Cluster.Url);
        foreach (int node in new[] { 0, 1, 2 })
        {
            await using RqConnection rq = await RqConnection.ConnectAsync(shared, new RqConnectionOptions { KeyPrefix = Tagged(Cluster.PrefixOn(node), "shared") });
            await using RunningWorker worker = Serving.StartWorker(rq);
            (await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }
    }

    [Theory]
    [InlineData("rq:")]
    [InlineData("{}rq:")]
    [InlineData("{rq:")]
    public async Task A_prefix_without_a_tag_is_refused_when_the_connection_is_made(string prefix)
    {
        RqException refusal = await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync(Cluster.Url, new RqConnectionOptions { KeyPrefix = prefix }));
        refusal.Message.ShouldStartWith($"The server is a cluster, and the keys of the prefix '{prefix}' would be spread over all its nodes. Give the connection a prefix with a tag in braces");

        await using ConnectionMultiplexer own = await ConnectionMultiplexer.ConnectAsync(Cluster.Url);
        await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync(own, new RqConnectionOptions { KeyPrefix = prefix }));
    }

    [Fact]
    public async Task A_database_other_than_0_is_refused_when_the_connection_is_made()
    {
        RqException refusal = await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync($"{Cluster.Url},defaultDatabase=3", new RqConnectionOptions { KeyPrefix = "{rq}:" }));
        refusal.Message.ShouldStartWith("The server is a cluster, which has only database 0, and the address names database 3.");
    }

    [Fact]
    public async Task What_would_cross_namespaces_is_refused_before_anything_is_written()
    {
        await using RqConnection here = await ConnectAsync(Cluster.PrefixOn(0), "here"), there = await ConnectAsync(Cluster.PrefixOn(1), "there");
        Queue queue = new("default", here), other = new("default", there);
        Job job = await other.EnqueueAsync(() => TestJobs.Nothing());

        string namespaces = $"is in another namespace (prefix '{there.KeyPrefix}', database 0) than queue 'default' (prefix '{here.KeyPrefix}', database 0)";
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [job] }))).Message.ShouldContain(namespaces);
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(job))).Message.ShouldContain(namespaces);
        Should.Throw<ArgumentException>(() => new JobBatch(here).Add(other, JobCall.To("RQ.TestSupport.TestJobs.Nothing"))).Message.ShouldContain("is on another connection than the batch");
        (await Should.ThrowAsync<ArgumentException>(() => new Group(here).EnqueueManyAsync(other, [new JobRequest(JobCall.To("RQ.TestSupport.TestJobs.Nothing"))]))).Message.ShouldContain("is on another connection than group");
        Should.Throw<ArgumentException>(() => new Worker([queue, other])).Message.ShouldContain("make a worker for each connection");

        (await queue.CountAsync()).ShouldBe(0);
        (await Queue.AllAsync(here)).ShouldBeEmpty();
    }

    private Task<RqConnection> ConnectAsync(string prefix, string? tag = null) =>
        RqConnection.ConnectAsync(Cluster.Url, new RqConnectionOptions { KeyPrefix = tag is null ? prefix : Tagged(prefix, tag) });

    // Of the same slot, and another namespace.
    private static string Tagged(string prefix, string name) => $"{prefix}{name}:";
}

/// <summary>One cluster for all tests of a class.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    public RedisCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await RedisCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
