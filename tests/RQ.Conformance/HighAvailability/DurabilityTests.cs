using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>Enqueues that wait until replicas have the job.</summary>
public sealed class DurabilityTests
{
    private static readonly EnqueueDurability s_one = new() { Replicas = 1, Timeout = TimeSpan.FromSeconds(30) };
    private static readonly EnqueueDurability s_soon = new() { Replicas = 1, Timeout = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task Every_way_to_enqueue_waits_until_the_replica_has_the_job()
    {
        await using Pair pair = await Pair.StartAsync();
        await using RqConnection rq = await pair.ConnectAsync(s_one);
        var queue = new Queue("default", rq);

        await HasAsync([await queue.EnqueueAsync(() => TestJobs.Nothing())]);
        await HasAsync(await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing")))));
        await HasAsync(await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 1200)));
        await HasAsync([await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing())]);
        await HasAsync([await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "own", Group = "together" })]);
        var batch = new JobBatch(rq);
        batch.Add(queue, JobCall.To("RQ.TestSupport.TestJobs.Nothing"));
        batch.Add(new Queue("other", rq), JobCall.To("RQ.TestSupport.TestJobs.Nothing"));
        await HasAsync(await batch.EnqueueAsync());

        // Asked at once, without a pause: nothing but the wait lets it be there.
        async Task HasAsync(IReadOnlyList<Job> jobs)
        {
            foreach (Job job in jobs)
                ((long)await pair.AtReplica.ExecuteAsync("EXISTS", rq.Keys.Job(job.Id))).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_job_without_its_replica_is_stored_and_said_not_to_be_confirmed()
    {
        await using RedisServer alone = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(alone.Url(), new RqConnectionOptions { Durability = s_soon });
        var queue = new Queue("default", rq);

        EnqueueNotConfirmedException one = await Should.ThrowAsync<EnqueueNotConfirmedException>(() => queue.EnqueueAsync(() => TestJobs.Add(20, 22), new JobOptions { Id = "mine" }));
        one.JobIds.ShouldBe(["mine"]);
        one.Message.ShouldBe(
            "Job 'mine' is stored on the primary, but not confirmed within 0.05 s: 0 of 1 replicas have it (RqConnectionOptions.Durability). It will be run unless the primary is lost with it: do not enqueue it again. " +
            "Look whether the replicas are there.");
        EnqueueNotConfirmedException plain = await Should.ThrowAsync<EnqueueNotConfirmedException>(() => queue.EnqueueAsync(() => TestJobs.Nothing()));
        EnqueueNotConfirmedException many = await Should.ThrowAsync<EnqueueNotConfirmedException>(() => queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 3)));
        many.JobIds.Count.ShouldBe(3);

        (await queue.GetJobIdsAsync()).ShouldBe(["mine", .. plain.JobIds, .. many.JobIds]);
        await using RunningWorker worker = Serving.StartWorker(rq);
        (await (await Job.FetchAsync("mine", rq)).WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(42);
    }

    [Fact]
    public async Task Many_callers_share_a_wait_and_each_is_told_of_its_own_job()
    {
        await using RedisServer alone = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(alone.Url(), new RqConnectionOptions { Durability = s_soon with { Timeout = TimeSpan.FromMilliseconds(500) } });
        var queue = new Queue("default", rq);
        await Should.ThrowAsync<EnqueueNotConfirmedException>(() => queue.EnqueueAsync(() => TestJobs.Nothing()));

        Task<Job>[] calls = [.. Enumerable.Range(0, 200).Select(i => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), i % 10 == 0 ? new JobOptions { Group = "some" } : null))];
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        string[] told = [.. calls.Select(call => call.Exception!.InnerException.ShouldBeOfType<EnqueueNotConfirmedException>().JobIds.ShouldHaveSingleItem())];
        (await queue.GetJobIdsAsync()).Order().ShouldBe(told.Append((await queue.GetJobIdsAsync())[0]).Order());
        // One after the other they would have taken 200 waits.
        Waits(alone).ShouldBeLessThan(60);
    }

    [Fact]
    public async Task Many_callers_share_a_wait_whatever_they_enqueue()
    {
        await using RedisServer alone = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(alone.Url(), new RqConnectionOptions { Durability = s_soon });
        var queue = new Queue("default", rq);

        Task<Job>[] calls = [.. Enumerable.Range(0, 1000).Select(i => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), new JobOptions { Id = $"own-{i}" }))];
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        calls.ShouldAllBe(call => call.Exception!.InnerException is EnqueueNotConfirmedException);
        (await queue.CountAsync()).ShouldBe(1000);
        Waits(alone).ShouldBeLessThan(50);
    }

    [Fact]
    public async Task Of_many_in_one_call_all_are_on_their_queue_though_none_is_confirmed()
    {
        await using RedisServer alone = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(alone.Url(), new RqConnectionOptions { Durability = s_soon });
        var queue = new Queue("default", rq);

        EnqueueNotConfirmedException told = await Should.ThrowAsync<EnqueueNotConfirmedException>(() =>
            queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 1300)));

        told.JobIds.Count.ShouldBe(1300);
        (await queue.GetJobIdsAsync()).ShouldBe(told.JobIds);

        // Of those that are refused nobody thinks that they are there.
        var small = new Queue("small", rq, new QueueOptions { MaxLength = 700 });
        EnqueueManyException refused = await Should.ThrowAsync<EnqueueManyException>(() =>
            small.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 1300)));
        refused.Accepted.Select(job => job.Id).ShouldBe(await small.GetJobIdsAsync());
        refused.Accepted.Count.ShouldBe(500);
        refused.Message.ShouldContain("500 of them are not confirmed");
    }

    private static int Waits(RedisServer server) => int.Parse(
        System.Text.RegularExpressions.Regex.Match((string)RedisCluster.Ask(server, "INFO", "commandstats")!, @"cmdstat_wait:calls=(\d+)").Groups[1].Value);

    [Fact]
    public async Task What_a_replica_has_confirmed_survives_the_primary()
    {
        await using SentinelSite site = await SentinelSite.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(site.Url, new RqConnectionOptions { Durability = s_one with { Timeout = TimeSpan.FromMilliseconds(500) } });
        var queue = new Queue("default", rq);
        var accepted = new List<string>();
        using var stop = new CancellationTokenSource();
        Task[] producing = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(ProduceAsync))];
        await Eventually.BecomesAsync(() => Accepted() > 500, "jobs are enqueued");

        site.Primary.Kill();
        await site.IsPromotedAsync();
        await stop.CancelAsync();
        await Task.WhenAll(producing);

        IReadOnlyList<Job?> jobs = await Eventually.GivesAsync<IReadOnlyList<Job?>>(async () => await Serving.TryAsync(() => Job.FetchManyAsync(accepted, rq)), "the new primary answers");
        jobs.Count(job => job is null).ShouldBe(0);

        int Accepted()
        {
            lock (accepted)
                return accepted.Count;
        }

        async Task ProduceAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    Job job = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"));
                    lock (accepted)
                        accepted.Add(job.Id);
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException or EnqueueNotConfirmedException)
                {
                    // Not accepted, or not for sure: such a job may be lost.
                }
            }
        }
    }

    [Fact]
    public async Task A_forgotten_script_a_restart_and_a_refusal_are_as_without_it()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {server.Port}");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Durability = s_one });
        var queue = new Queue("default", rq, new QueueOptions { MaxLength = 2 });
        await queue.EnqueueAsync(() => TestJobs.Nothing());
        await rq.Database.ExecuteAsync("SCRIPT", "FLUSH");
        await queue.EnqueueAsync(() => TestJobs.Nothing());
        await Should.ThrowAsync<QueueFullException>(() => queue.EnqueueAsync(() => TestJobs.Nothing()));

        server.Kill();
        await server.StartAsync();
        Job<int> job = await Serving.EnqueueAsync(rq, "other");
        (await queue.CountAsync()).ShouldBe(2);
        (await new Queue("other", rq).GetJobIdsAsync()).ShouldBe([job.Id]);
    }

    [Fact]
    public async Task A_call_that_had_to_be_sent_again_is_confirmed_only_by_those_that_have_the_job()
    {
        await using Pair pair = await Pair.StartAsync();
        await using RqConnection rq = await pair.ConnectAsync(new EnqueueDurability { Replicas = 1, Timeout = TimeSpan.FromSeconds(10) });
        var queue = new Queue("default", rq);
        await queue.EnqueueAsync(() => TestJobs.Nothing());
        pair.Replica.Freeze();
        // The second one needs a script that the server has to be told first: the wait behind the attempt without it must not count.
        JobOptions[] options = [new(), new() { Group = "together" }];
        foreach (JobOptions each in options)
        {
            Task<Job> enqueuing = queue.EnqueueAsync(() => TestJobs.Nothing(), each);
            long stored = await queue.CountAsync();
            // The primary has it and waits for the replica. On a new connection nothing seems to be waited for.
            string? waiting = null;
            await Eventually.BecomesAsync(() => (waiting = Waiting(pair.Primary)) is not null, "it waits for the replica");
            RedisCluster.Ask(pair.Primary, "CLIENT", "KILL", "ID", waiting);

            (await Should.ThrowAsync<EnqueueNotConfirmedException>(() => enqueuing.WaitAsync(Eventually.Limit))).Message.ShouldContain("0 of 1 replicas");
            stored.ShouldBeLessThanOrEqualTo(await queue.CountAsync());
        }

        (await queue.CountAsync()).ShouldBe(3, "each of them once");
        pair.Replica.Thaw();
        await queue.EnqueueAsync(() => TestJobs.Nothing());

        static string? Waiting(RedisServer server) => RedisCluster.Ask(server, "CLIENT", "LIST").ToString()!.Split('\n')
            .FirstOrDefault(line => line.Contains(" name=rq-enqueue ", StringComparison.Ordinal) && line.Contains(" cmd=wait ", StringComparison.Ordinal))?
            .Split("id=", 2)[1].Split(' ')[0];
    }

    [Theory]
    [InlineData(-1, false, 1000, "Replicas must not be negative")]
    [InlineData(0, false, 1000, "asks for nothing")]
    [InlineData(1, false, 0, "Timeout must be from 1 ms to an hour")]
    public async Task What_cannot_be_asked_for_is_refused(int replicas, bool onDisk, int milliseconds, string reason)
    {
        var durability = new EnqueueDurability { Replicas = replicas, OnDisk = onDisk, Timeout = TimeSpan.FromMilliseconds(milliseconds) };
        (await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync("localhost:1", new RqConnectionOptions { Durability = durability }))).Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_server_that_cannot_wait_for_the_disk_is_refused_or_does()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes");
        await using RqConnection plain = await RqConnection.ConnectAsync(server.Url());
        var options = new RqConnectionOptions { Durability = new EnqueueDurability { Replicas = 0, OnDisk = true, Timeout = TimeSpan.FromSeconds(30) } };
        if ((await plain.Database.ExecuteAsync("COMMAND", "INFO", "WAITAOF"))[0].IsNull)
        {
            (await Should.ThrowAsync<RqException>(() => RqConnection.ConnectAsync(server.Url(), options))).Message.ShouldStartWith("The server lacks WAITAOF");
            return;
        }

        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), options);
        await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing());
    }

    /// <summary>A primary and its replica, and what each of them has.</summary>
    private sealed class Pair(RedisServer primary, RedisServer replica, ConnectionMultiplexer atReplica) : IAsyncDisposable
    {
        public IDatabase AtReplica => atReplica.GetDatabase();

        public RedisServer Primary => primary;

        public RedisServer Replica => replica;

        public static async Task<Pair> StartAsync()
        {
            RedisServer primary = await RedisServer.StartAsync();
            RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
            await Eventually.BecomesAsync(() => RedisCluster.Ask(replica, "INFO", "replication").ToString()!.Contains("master_link_status:up", StringComparison.Ordinal), "the replica follows");
            return new Pair(primary, replica, await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{replica.Port}"));
        }

        public Task<RqConnection> ConnectAsync(EnqueueDurability durability) => RqConnection.ConnectAsync(primary.Url(), new RqConnectionOptions { Durability = durability });

        public async ValueTask DisposeAsync()
        {
            await atReplica.DisposeAsync();
            await replica.DisposeAsync();
            await primary.DisposeAsync();
        }
    }
}
