using RQ.Conformance.Executions;
using RQ.Jobs;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>What somebody does who can write to Redis but has no key: that job fails with the reason, nothing is called or sent, and the worker goes on.</summary>
public class TamperedJobTests
{
    [Theory, OnEachBackend]
    public async Task A_call_that_was_changed_cut_replaced_or_copied_fails_that_job_alone(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            string runs = $"{Guid.NewGuid():N}";
            IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 9).Select(_ => JobCall.To("RQ.Conformance.Security.SecretJobs.Counted", runs)));
            byte[] first = await DataAsync(world, jobs[0]);
            (byte[] Data, string Told)[] attacks =
            [
                ([.. first[..^1], (byte)(first[^1] ^ 1)], "The data is refused"),
                (first[..^5], "The data is refused"),
                (first[..6], "damaged"),
                (CallData.Write(JobCall.To("RQ.Conformance.Security.SecretJobs.Counted", runs), JobSerializer.Pickle), "reads no other"),
                (CallData.Write(JobCall.To("RQ.Conformance.Security.SecretJobs.Counted", runs), JobSerializer.Json), "reads no other"),
                (CallData.Serialize(JobCall.To("RQ.Conformance.Security.SecretJobs.Counted", runs), JobSerializer.Pickle.WithSigning(new KeyRing($"other:{KeyRing.NewKey()}")), default, out _), "The data cannot be read"),
                (await DataAsync(world, jobs[8]), "written for another job"),
                (Compression.Deflate(new byte[100_000_000]), "reads no other"),
            ];
            for (int i = 0; i < attacks.Length; i++)
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(jobs[i].Id), JobFields.Data, attacks[i].Data);

            (await world.RunBurstAsync()).ShouldBe(jobs.Count);

            for (int i = 0; i < attacks.Length; i++)
            {
                (await jobs[i].GetStatusAsync()).ShouldBe(JobStatus.Failed);
                (await jobs[i].GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain(attacks[i].Told);
                Should.Throw<RqException>(() => jobs[i].Arguments).Message.ShouldContain(attacks[i].Told);
            }

            (await jobs[8].GetStatusAsync()).ShouldBe(JobStatus.Finished);
            TestJobs.Runs(runs).ShouldBe(1);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_callback_or_a_webhook_that_somebody_adds_is_neither_called_nor_sent(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            await using var receiver = WebhookReceiver.Start();
            string webhooks = WebhookText.Write([new Webhook($"{receiver.Url}/stolen", JobStatus.Failed) { Method = HttpMethod.Post }, new Webhook($"{receiver.Url}/stolen", JobStatus.Finished)]);
            (string Field, string Value)[] attacks =
            [
                (JobFields.SuccessCallbackName, "RQ.Conformance.Security.SecretJobs.Told"), (JobFields.FailureCallbackName, "RQ.Conformance.Security.SecretJobs.ToldOfFailure"),
                (JobFields.StoppedCallbackName, "RQ.Conformance.Security.SecretJobs.ToldOfFailure"), (JobFields.Webhooks, webhooks),
            ];
            Job[] jobs = await Task.WhenAll(attacks.Select(_ => EnqueueAsync(world)));
            for (int i = 0; i < attacks.Length; i++)
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(jobs[i].Id), attacks[i].Field, attacks[i].Value);
            Job good = await EnqueueAsync(world);

            await world.RunBurstAsync();

            foreach (Job job in jobs)
            {
                (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
                (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("with other callbacks or webhooks");
                TestJobs.Noted(job.Id).ShouldBeEmpty();
                TestJobs.Runs($"failed-{job.Id}").ShouldBe(0);
            }

            receiver.All.ShouldBeEmpty();
            string[] told = [.. world.LogCollector.GetSnapshot().Where(record => record.Id.Id == 95).Select(record => record.Message)];
            told.ShouldContain(message => message.Contains(jobs[1].Id) && message.Contains("failure callback"));
            told.ShouldContain(message => message.Contains(jobs[3].Id) && message.Contains("webhooks"));
            (await good.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_is_made_the_callback_of_another_is_not_run(Backend backend)
    {
        await using TestWorld world = await Protection.CreateAsync(backend, Protection.Signed);
        Job victim = await EnqueueAsync(world);
        Job forged = await world.Queue().EnqueueAsync(() => SecretJobs.Counted("never"));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(forged.Id), [new(JobFields.CallbackOf, victim.Id), new(JobFields.CallbackOn, "success")]);
        await world.RunBurstAsync();

        (await forged.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        TestJobs.Runs("never").ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task Metadata_that_was_changed_or_copied_is_refused_and_left_as_it_is(Backend backend)
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(backend, serializer);
            Job first = await EnqueueAsync(world, "a"), second = await EnqueueAsync(world, "b");
            RedisValue mine = await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(first.Id), JobFields.Meta);
            foreach (RedisValue forged in new RedisValue[] { mine, JobSerializer.Pickle.Serialize(new Dictionary<object, object?> { ["k"] = "forged" }), "{\"k\": \"forged\"}" })
            {
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(second.Id), JobFields.Meta, forged);
                Job read = await Job.FetchAsync(second.Id, world.Rq);

                Should.Throw<RqException>(() => read.Meta);
                await Should.ThrowAsync<RqException>(() => read.SetMetaAsync("k", "mine"));
                (await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(second.Id), JobFields.Meta)).ShouldBe(forged);
            }
        }
    }

    [Fact]
    public async Task A_result_that_is_forged_or_copied_is_unreadable()
    {
        foreach (JobSerializer serializer in Protection.Both)
        {
            await using TestWorld world = await Protection.CreateAsync(Backend.Redis, serializer);
            Job<int> mine = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2)), other = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
            await world.RunBurstAsync();
            RedisValue copied = (await world.Rq.Database.StreamRangeAsync(world.Rq.Keys.Results(other.Id)))[0]["return_value"];
            foreach (RedisValue forged in new RedisValue[] { copied, Convert.ToBase64String(JobSerializer.Pickle.Serialize(1_000_000L)) })
            {
                await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results(mine.Id), [new("type", 1), new("return_value", forged)]);
                JobResult result = (await mine.GetLatestResultAsync()).ShouldNotBeNull();

                result.Unreadable.ShouldNotBeNull();
                await Should.ThrowAsync<RqException>(() => mine.WaitForResultAsync(Eventually.Limit));
            }
        }
    }

    [Theory, OnEachBackend]
    public async Task A_cron_schedule_that_was_changed_enqueues_nothing(Backend backend)
    {
        await using Cron.CronWorld world = await Cron.CronWorld.CreateAsync(backend, configure: options => options.Serializer = Protection.Signed);
        await world.Cron.AddOrUpdateAsync("forged", "* * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("good", "* * * * *", () => TestJobs.Nothing());
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.CronSchedule("forged"), "job:data", CallData.Write(JobCall.To("RQ.TestSupport.TestJobs.Fail", "x"), JobSerializer.Pickle));
        await world.RunUntilAsync(world.Duty(), world.Now + TimeSpan.FromSeconds(90));

        (await world.JobsAsync()).ShouldAllBe(job => job.CronName == "good");
        (await world.JobsAsync()).ShouldNotBeEmpty();
        world.Logs.GetSnapshot().ShouldContain(record => record.Exception != null && record.Exception.Message.Contains("is not signed", StringComparison.Ordinal));
    }

    [Theory, OnEachBackend]
    public async Task S136_a_worker_without_the_keys_fails_the_job_with_the_reason(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RqConnection producer = await Protection.ConnectAsync(world, Protection.Encrypted);
        Job<int> job = await new Queue("default", producer).EnqueueAsync(() => TestJobs.Add(1, 2)), open = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("signed or encrypted, and this connection has no keys");
        (await open.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    /// <summary>What is signed does not prevent: the documents say so.</summary>
    [Theory, OnEachBackend]
    public async Task The_very_same_job_under_its_own_id_can_be_put_back(Backend backend)
    {
        await using TestWorld world = await Protection.CreateAsync(backend, Protection.Signed);
        string runs = $"{Guid.NewGuid():N}";
        Job job = await world.Queue().EnqueueAsync(() => SecretJobs.Counted(runs));
        HashEntry[] before = await world.Rq.Database.HashGetAllAsync(world.Rq.Keys.Job(job.Id));
        await world.RunBurstAsync();
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(job.Id));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), before);
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), job.Id);
        await world.RunBurstAsync();

        TestJobs.Runs(runs).ShouldBe(2);
    }

    private static Task<Job> EnqueueAsync(TestWorld world, string meta = "m") => world.Queue().EnqueueAsync(
        JobCall.To("RQ.Conformance.Security.SecretJobs.HandOver"), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = meta } });

    private static async Task<byte[]> DataAsync(TestWorld world, Job job) => (byte[])(await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), JobFields.Data))!;
}
