using RQ.Conformance.Cron;
using RQ.Conformance.Executions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>Jobs that are signed or encrypted do all that others do.</summary>
public class ProtectedJobTests
{
    [Theory, OnEachBackend]
    public async Task A_protected_job_has_arguments_metadata_progress_log_lines_and_a_result(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            Job<string> job = await world.Queue().EnqueueAsync(
                () => SecretJobs.Work(SecretJobs.Argument, null!), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = SecretJobs.Meta } });
            await world.RunBurstAsync();

            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(SecretJobs.Result);
            await using RqConnection other = await Protection.ConnectAsync(world, serializer);
            Job read = await Job.FetchAsync(job.Id, other);
            read.Arguments.ShouldBe([SecretJobs.Argument]);
            read.GetMeta<string>("k").ShouldBe(SecretJobs.Meta);
            read.Progress.ShouldNotBeNull().Text.ShouldBe(SecretJobs.Progress);
            (await read.GetLogAsync()).Select(line => line.Text).ShouldBe([SecretJobs.LogLine]);
            await read.SetMetaAsync("n", 1);
            (await Job.FetchAsync(job.Id, world.Rq)).Meta.ShouldBe(new Dictionary<string, object?> { ["k"] = SecretJobs.Meta, ["n"] = 1L }, ignoreOrder: true);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_protected_job_fails_is_requeued_retried_and_repeated_as_any_other(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            Job failing = await world.Queue().EnqueueAsync(() => SecretJobs.Fail("x", null!), new JobOptions { Retry = new Retry(1), OnFailure = Callback.To(SecretJobs.ToldOfFailure) });
            Job repeating = await world.Queue().EnqueueAsync(() => SecretJobs.Counted($"repeat-{failing.Id}"), new JobOptions { Repeat = new Repeat(1) });
            Job child = await world.Queue().EnqueueAsync(() => SecretJobs.Counted($"child-{failing.Id}"), new JobOptions { DependsOn = [repeating] });
            await world.RunBurstAsync();

            (await failing.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            (await failing.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain($"{SecretJobs.Failure}: x");
            TestJobs.Runs($"failed-{failing.Id}").ShouldBe(2);
            TestJobs.Runs($"repeat-{failing.Id}").ShouldBe(2);
            (await child.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            await failing.RequeueAsync();
            await world.RunBurstAsync();
            TestJobs.Runs($"failed-{failing.Id}").ShouldBeGreaterThan(2);
        }
    }

    [Theory, OnEachBackend]
    public async Task Callbacks_of_protected_jobs_are_called_also_when_they_are_jobs(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            var told = Callback.To(SecretJobs.Told);
            Job plain = await world.Queue().EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { OnSuccess = told });
            Job asJob = await world.Queue().EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { OnSuccess = told.AsJob() });
            Job handed = await world.Queue().EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { OnSuccess = Callback.To("of.another_worker") });
            await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks");
            world.Functions.Add("of.another_worker", (Job job, string result) => SecretJobs.Told(job, result));
            await world.RunBurstAsync(["callbacks"]);

            foreach (Job job in new[] { plain, asJob, handed })
                TestJobs.Noted(job.Id).ShouldBe([SecretJobs.HandedOver]);
        }
    }

    [Theory, OnEachBackend]
    public async Task Webhooks_of_protected_jobs_are_sent(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            await using var receiver = WebhookReceiver.Start();
            await world.Queue().EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { Webhooks = [new Webhook($"{receiver.Url}/a", JobStatus.Finished) { Method = HttpMethod.Post }] });
            await world.RunBurstAsync();

            receiver.All.ShouldHaveSingleItem().Body.ShouldContain("SecretJobs.HandOver");
        }
    }

    [Theory, OnEachBackend]
    public async Task A_cron_schedule_is_stored_once_and_its_jobs_are_each_bound_to_themselves(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using CronWorld world = await CronWorld.CreateAsync(backend, configure: options => options.Serializer = serializer);
            world.World.Functions.AddAssemblyOf<ProtectedJobTests>();
            string name = $"nightly-{Guid.NewGuid():N}";
            var schedule = CronSchedule.For(name, "* * * * *", () => SecretJobs.Work(SecretJobs.Argument, null!)) with
            {
                Options = new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = SecretJobs.Meta }, OnSuccess = Callback.To(SecretJobs.Told) },
            };
            (await world.Cron.AddOrUpdateAsync(schedule)).ShouldBeTrue();
            (await world.Cron.AddOrUpdateAsync(schedule)).ShouldBeFalse("nothing has changed");
            (await world.EntryAsync(name)).Schedule.Call.Arguments.ShouldBe([SecretJobs.Argument]);

            await world.RunUntilAsync(world.Duty(), world.Now + TimeSpan.FromMinutes(2.5));
            IReadOnlyList<Job> jobs = await world.JobsAsync();
            await world.World.RunBurstAsync();

            jobs.Count.ShouldBeGreaterThan(1);
            foreach (Job job in jobs)
            {
                (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished, (await job.GetLatestResultAsync())?.ExceptionText);
                job.GetMeta<string>("k").ShouldBe(SecretJobs.Meta);
                TestJobs.Noted(job.Id).ShouldBe([SecretJobs.Result]);
            }

            RedisValue[] data = await Task.WhenAll(jobs.Select(job => world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "data")));
            data.Distinct().Count().ShouldBe(jobs.Count);
            await world.Cron.UpdateAsync(name, stored => stored with { Queue = "low" });
            (await world.EntryAsync(name)).Schedule.Call.Arguments.ShouldBe([SecretJobs.Argument]);
        }
    }

    [Theory, OnEachBackend]
    public async Task Keys_are_replaced_while_jobs_wait(Backend backend)
    {
        string newer = KeyRing.NewKey();
        await using TestWorld world = await Protection.CreateAsync(backend, JobSerializer.Pickle.WithEncryption(new KeyRing($"new:{newer},2026-11:{Protection.Key}")));
        await using RqConnection old = await Protection.ConnectAsync(world, Protection.Encrypted), later = await Protection.ConnectAsync(world, JobSerializer.Pickle.WithEncryption(new KeyRing($"new:{newer}")));
        Job<int> before = await new Queue("default", old).EnqueueAsync(() => TestJobs.Add(1, 2));
        Job<int> after = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
        await world.RunBurstAsync();

        // The worker answers with the first of its keys, which the old producer does not have yet.
        (await (await Job.FetchAsync(after.Id, later)).GetLatestResultAsync())!.ReturnValue.ShouldBe(7L);
        (await (await Job.FetchAsync(before.Id, world.Rq)).GetLatestResultAsync())!.ReturnValue.ShouldBe(3L);
        JobResult unknown = (await before.GetLatestResultAsync()).ShouldNotBeNull();
        unknown.Unreadable.ShouldNotBeNull().Message.ShouldContain("its key 'new' is none of those that are known here (2026-11)");
    }

    [Theory, OnEachBackend]
    public async Task While_producers_are_moved_over_a_worker_takes_both(Backend backend)
    {
        await using TestWorld world = await Protection.CreateAsync(backend, JobSerializer.Pickle.WithSigning(Protection.Ring, new ProtectionOptions { AllowUnprotected = true }));
        await using RqConnection old = await Protection.ConnectAsync(world, JobSerializer.Json), moved = await Protection.ConnectAsync(world, Protection.Signed);
        Job<int> before = await new Queue("default", old).EnqueueAsync(() => TestJobs.Add(1, 2)), after = await new Queue("default", moved).EnqueueAsync(() => TestJobs.Add(3, 4));
        await world.RunBurstAsync();

        // Each is answered in its own format.
        (await before.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await after.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
    }

    [Theory, OnEachBackend]
    public async Task One_queue_alone_may_be_encrypted(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<ProtectedJobTests>();
        Job<string> secret = await world.Queue(options: new QueueOptions { Serializer = Protection.Encrypted }).EnqueueAsync(() => SecretJobs.Work(SecretJobs.Argument, null!));
        Job<int> open = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        await world.RunBurstAsync();

        (await secret.WaitForResultAsync(Eventually.Limit)).ShouldBe(SecretJobs.Result);
        (await open.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        secret.Description.ShouldBe("RQ.Conformance.Security.SecretJobs.Work(…)");
        await using RqConnection without = await Protection.ConnectAsync(world, JobSerializer.Pickle);
        Job read = await Job.FetchAsync(secret.Id, without);
        Should.Throw<RqException>(() => read.Arguments).Message.ShouldContain("this connection has no keys");
    }
}
