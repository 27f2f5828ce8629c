using RQ.Conformance.Cron;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>Redis users with the rights that docs/security.md lists: enough for all the work of their role, and none of them too many.</summary>
public class AclTests
{
    [Fact]
    public async Task A_producer_enqueues_looks_and_cancels_with_just_these_rights()
    {
        await using AclServer server = await AclServer.StartAsync();
        await RoleWork.ProduceAsync(server.Admin);
        await RoleWork.WorkAsync(server.Admin);
        Job ended = await new Queue("later", server.Admin).EnqueueAsync(() => TestJobs.Add(1, 2)), waiting = await new Queue("later", server.Admin).EnqueueAsync(() => TestJobs.Add(1, 2));
        await RunAsync(server.Admin, "later", 1);
        RqConnection? rq = null;

        AclServer.Usage usage = await server.MeasureAsync(async () =>
        {
            rq = await server.ConnectAsync("rq-producer");
            // Ids that have ended start anew.
            await server.Admin.Database.KeyDeleteAsync("rq:job:an-id-unique");
            await RoleWork.ProduceAsync(rq);
            await RoleWork.ProduceAsync(rq, "another-id");
        });
        await RoleWork.ReadResultsAsync(rq!, ended, waiting, () => RunAsync(server.Admin, "later", 1));
        await RoleWork.CancelRunningAsync(rq!, server.Admin);
        await rq!.DisposeAsync();

        (await server.RefusedAsync()).ShouldBeEmpty();
        AclRole.Producer.ShouldNeedAll(usage);
    }

    [Fact]
    public async Task A_worker_with_a_scheduler_does_all_of_its_work_with_just_these_rights()
    {
        await using AclServer server = await AclServer.StartAsync();
        await RoleWork.ProduceAsync(server.Admin);
        await PrepareAsync(server.Admin);
        RqConnection? rq = null;

        AclServer.Usage usage = await server.MeasureAsync(async () =>
        {
            rq = await server.ConnectAsync("rq-worker");
            await RoleWork.WorkAsync(rq, options => options.WithScheduler = true);
            // One that waits, is told to stop a job, runs the schedules, and outlives another.
            await using WorkerProcess other = await WorkerProcess.StartAsync(server.UrlOf("rq-worker"), "--name", "other", "other");
            await using var worker = new RunningWorker(new Worker(["default", "other"], rq, new WorkerOptions
            {
                Functions = new JobFunctions().AddAssemblyOf<TestWorld>(), Concurrency = 2, WithScheduler = true, LeftoversInterval = TimeSpan.FromSeconds(1),
            }));
            await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
            other.Kill();
            await Eventually.BecomesAsync(async () => await server.Admin.Database.SortedSetScoreAsync(rq.Keys.Leases, "other") is null, "the other one is found dead");
            await Eventually.BecomesAsync(async () => (await server.Admin.Cron.FindAsync("often"))!.EnqueuedCount > 0, "the schedule has run");
            await worker.StopAsync();
        });
        await rq!.DisposeAsync();

        (await server.RefusedAsync()).ShouldBeEmpty();
        AclRole.Worker.ShouldNeedAll(usage);
    }

    [Fact]
    public async Task A_scheduler_moves_jobs_and_runs_schedules_with_just_these_rights()
    {
        await using AclServer server = await AclServer.StartAsync();
        await PrepareAsync(server.Admin);
        RqConnection? rq = null;

        AclServer.Usage usage = await server.MeasureAsync(async () =>
        {
            rq = await server.ConnectAsync("rq-scheduler");
            using var stop = new CancellationTokenSource();
            Task running = new Scheduler(rq).RunAsync(stop.Token);
            await Eventually.BecomesAsync(async () => (await server.Admin.Cron.FindAsync("often"))!.EnqueuedCount > 1, "the schedule has run");
            await Eventually.BecomesAsync(async () => await new Queue("soon", server.Admin).CountAsync() > 0, "the job is due");
            await Eventually.BecomesAsync(async () => await new Queue("broken", server.Admin).Failed.CountAsync() > 0, "the job that cannot be queued has failed");
            await Eventually.BecomesAsync(async () => await new Queue("unserved", server.Admin).Canceled.CountAsync() > 0, "the job before was canceled");
            await stop.CancelAsync();
            await running.WaitAsync(Eventually.Limit);
            await rq.Cron.AddOrUpdateAsync("stored", "0 0 * * *", () => TestJobs.Nothing());
            await rq.Cron.ReplaceAsync("table", [CronSchedule.For("of-table", "0 0 * * *", () => TestJobs.Nothing())]);
            await rq.Cron.ReplaceAsync("table", []);
            await rq.Cron.PauseAsync("stored");
            await rq.Cron.TriggerAsync("often");
            await rq.Cron.RemoveAsync("stored");
        });
        await rq!.DisposeAsync();

        (await server.RefusedAsync()).ShouldBeEmpty();
        AclRole.Scheduler.ShouldNeedAll(usage);
    }

    [Fact]
    public async Task Who_only_looks_sees_everything_with_just_these_rights_and_can_change_nothing()
    {
        await using AclServer server = await AclServer.StartAsync();
        await RoleWork.ProduceAsync(server.Admin);
        await PrepareAsync(server.Admin);
        await RoleWork.WorkAsync(server.Admin);
        await using var worker = new RunningWorker(new Worker(["default"], server.Admin));
        await Eventually.BecomesAsync(() => server.Admin.Database.HashExistsAsync(server.Admin.Keys.LeaseWaits, worker.Name), "a worker is there");
        await worker.StopAsync();
        RqConnection? rq = null;

        AclServer.Usage usage = await server.MeasureAsync(async () =>
        {
            rq = await server.ConnectAsync("rq-operator");
            await RoleWork.LookAsync(rq);
            foreach (string[] command in new string[][] { ["info"], ["cron", "list"], ["cron", "show", "often"], ["cron", "schedulers"] })
                await RoleWork.RunToolAsync(server.UrlOf("rq-operator"), command);
        });

        (await server.RefusedAsync()).ShouldBeEmpty();
        AclRole.Operator.ShouldNeedAll(usage);
        // The records of those that have left would go meanwhile.
        await foreach (RedisKey worked in server.Admin.Multiplexer.GetServers()[0].KeysAsync(pattern: "rq:worker:*"))
            await server.Admin.Database.KeyPersistAsync(worked);
        string before = await Dump.OfAsync(server.Admin);
        Job job = await Job.FetchAsync("an-id", rq!);
        int number = 0;
        foreach (Func<Task> change in new Func<Task>[]
        {
            () => new Queue("default", rq!).EnqueueAsync(() => TestJobs.Nothing()), () => job.DeleteAsync(), () => new Queue("default", rq!).EnqueueAsync(job), () => job.SetMetaAsync("k", 2), 
            () => Worker.SuspendAllAsync(rq!), () => Worker.SendShutdownAsync(rq!, "any"), () => rq!.Cron.RemoveAsync("often"), () => new Worker(["default"], rq!).RunAsync(),
            () => rq!.Database.ExecuteAsync("DEL", "rq:job:an-id"), () => rq!.Database.ExecuteAsync("HSET", "rq:job:an-id", "status", "queued"), () => rq!.Database.ExecuteAsync("RANDOMKEY"),
        })
        {
            Exception refused = await Should.ThrowAsync<Exception>(change, $"change number {++number}");
            refused.Message.ShouldMatch("lacks a right|NOPERM|does not let this user|no permissions");
        }

        (await Dump.OfAsync(server.Admin)).ShouldBe(before);
        await rq!.DisposeAsync();
    }

    [Theory]
    [InlineData("rq-producer", "+rpush", "-rpush", "In RQ's script 'enqueue_plain' the user of this connection lacks a right: 'ACL LOG' on the server names the command or key")]
    [InlineData("rq-producer", "+evalsha", "-evalsha", "The server does not let this user call EVALSHA. RQ cannot work without")]
    [InlineData("rq-worker", "+blmove", "-blmove", "The server does not let this user call BLMOVE")]
    public async Task A_right_that_is_missing_is_told(string role, string right, string change, string told)
    {
        await using AclServer server = await AclServer.StartAsync();
        AclServer.RulesOf(role).ShouldContain(right);
        Exception refused = await Should.ThrowAsync<Exception>(async () =>
        {
            await using RqConnection rq = await server.ConnectAsync(role, rules => [.. rules, change]);
            if (role == "rq-worker")
                await new Worker(["default"], rq).RunAsync();
            await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing());
        });

        refused.Message.ShouldContain(told);
    }

    [Fact]
    public async Task A_key_that_may_not_be_written_is_told()
    {
        await using AclServer server = await AclServer.StartAsync();
        await using RqConnection rq = await server.ConnectAsync("rq-producer", rules => rules.Where(rule => !rule.Contains("rq:queue:", StringComparison.Ordinal)));

        Exception refused = await Should.ThrowAsync<RedisServerException>(() => new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing()));

        refused.Message.ShouldContain("lacks a right: 'ACL LOG' on the server names the command or key");
        (await server.RefusedAsync()).ShouldContain(entry => entry.Contains("rq:queue:default", StringComparison.Ordinal));
    }

    /// <summary>A job that is due, schedules, jobs that fail, retry, and have callbacks that nobody knows.</summary>
    private static async Task PrepareAsync(RqConnection rq)
    {
        var queue = new Queue("default", rq);
        await DueAsync(rq, "soon");
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("often", TimeSpan.FromSeconds(1), () => TestJobs.Nothing()));
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("alone", TimeSpan.FromSeconds(1), () => TestJobs.Nothing()) with { Queue = "unserved", Overlap = CronOverlap.CancelPrevious });
        // Due, held back by its limit; and one that cannot be queued, because it names no queue.
        for (int i = 0; i < 2; i++)
            await DueAsync(rq, "soon", new JobOptions { RateLimit = new RateLimit("soon", 1) });
        Job broken = await DueAsync(rq, "broken");
        await rq.Database.HashDeleteAsync(rq.Keys.Job(broken.Id), "origin");
        Job failing = await queue.EnqueueAsync(() => TestJobs.Fail("x"), new JobOptions { Retry = new Retry(1), OnFailure = Callback.To("of.nobody") });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(failing.Id) { AllowFailure = true } });
        await queue.EnqueueAsync(() => NotingJobs.Note(null!), new JobOptions { ResultTtl = TimeSpan.Zero });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = TimeSpan.FromDays(1), Repeat = new Repeat(1) });
    }

    /// <summary>A scheduled job that is due, and that no scheduler has seen yet.</summary>
    private static async Task<Job> DueAsync(RqConnection rq, string queue, JobOptions? options = null)
    {
        Job job = await new Queue(queue, rq).EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing(), options);
        await rq.Database.SortedSetAddAsync(rq.Keys.Scheduled(queue), job.Id, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        return job;
    }

    private static async Task RunAsync(RqConnection rq, string queue, int count) =>
        await new Worker([queue], rq, new WorkerOptions { Burst = true, MaxJobs = count, Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }).RunAsync();
}
