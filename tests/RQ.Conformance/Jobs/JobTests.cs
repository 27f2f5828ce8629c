using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>What a job tells of itself.</summary>
public class JobTests
{
    [Theory, OnEachBackend]
    public async Task JOB_2_a_job_is_fetched_by_its_id(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "there" });
        (await Job.FetchAsync("there", world.Rq)).Id.ShouldBe("there");
        (await Job<int>.FetchAsync("there", world.Rq)).Id.ShouldBe("there");

        var error = await Should.ThrowAsync<JobNotFoundException>(() => Job.FetchAsync("not-there", world.Rq));
        error.JobId.ShouldBe("not-there");
        error.Message.ShouldContain("It may have expired");
        await Should.ThrowAsync<JobNotFoundException>(() => Job<int>.FetchAsync("not-there", world.Rq));
    }

    [Theory, OnEachBackend]
    public async Task JOB_4_the_attributes_of_a_job_that_waits(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        DateTimeOffset before = Now();
        await world.Queue("q").EnqueueAsync(JobCall.To("m.f", ["x", 1], new Dictionary<string, object?> { ["k"] = true }), new JobOptions
        {
            Id = "j",
            Description = "text",
            Timeout = TimeSpan.FromMinutes(1),
            ResultTtl = TimeSpan.FromSeconds(5),
            FailureTtl = Timeout.InfiniteTimeSpan,
            Meta = new Dictionary<string, object?> { ["m"] = 1 },
            Retry = new Retry(4),
        });

        Job job = await Job.FetchAsync("j", world.Rq);
        (job.Id, job.Origin, job.Description, job.Function).ShouldBe(("j", "q", "text", "m.f"));
        ShownValue.Of(job.Arguments).ShouldBe("('x', 1)");
        ShownValue.Of(job.KeywordArguments).ShouldBe("{'k': True}");
        (job.Timeout, job.ResultTtl, job.FailureTtl).ShouldBe((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan));
        job.Meta["m"].ShouldBe(1L);
        job.RetriesLeft.ShouldBe(4);
        job.CreatedAt.ShouldNotBeNull().ShouldBeInRange(before, DateTimeOffset.UtcNow);
        job.CreatedAt.Value.Offset.ShouldBe(TimeSpan.Zero);
        job.EnqueuedAt.ShouldBe(job.CreatedAt);
        (job.StartedAt, job.EndedAt, job.LastHeartbeat, job.WorkerName).ShouldBe((null, null, null, null));
        job.DependencyIds.ShouldBeEmpty();
        job.Connection.ShouldBe(world.Rq);
    }

    [Theory, OnEachBackend]
    public async Task JOB_4_the_attributes_of_a_job_that_has_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        await world.RunBurstAsync(configure: worker => worker.Name = "w-1");

        await job.RefreshAsync();
        job.WorkerName.ShouldBe("w-1");
        job.StartedAt.ShouldNotBeNull().ShouldBeInRange(job.EnqueuedAt!.Value, job.EndedAt!.Value);
        job.LastHeartbeat.ShouldBe(job.EndedAt);
        job.EndedAt.Value.ShouldBeLessThanOrEqualTo(DateTimeOffset.UtcNow);
    }

    [Theory, OnEachBackend]
    public async Task JOB_5_the_status_is_the_one_of_now(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        await world.RunBurstAsync();

        job.Status.ShouldBe(JobStatus.Queued);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        job.Status.ShouldBe(JobStatus.Finished);

        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(job.Id));
        await Should.ThrowAsync<JobNotFoundException>(() => job.GetStatusAsync());
    }

    [Theory, OnEachBackend]
    public async Task JOB_18_jobs_are_equal_by_id(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job one = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "one" });
        Job other = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));

        Job again = await Job.FetchAsync("one", world.Rq);
        again.Equals(one).ShouldBeTrue();
        again.Equals((object)one).ShouldBeTrue();
        again.GetHashCode().ShouldBe(one.GetHashCode());
        other.Equals(one).ShouldBeFalse();
        one.Equals("one").ShouldBeFalse();
        one.ToString().ShouldBe("<Job one: RQ.TestSupport.TestJobs.Add(1, 2)>");
    }

    [Theory, OnEachBackend]
    public async Task JOB_21_every_status_text_of_every_version_is_known(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        string[] texts =
        [
            "created", "queued", "started", "deferred", "scheduled", "finished", "failed", "stopped", "canceled", "rate_limited", "ready_to_enqueue",
        ];
        texts.Length.ShouldBe(Enum.GetValues<JobStatus>().Length);
        foreach (string text in texts)
        {
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", text);
            (await job.GetStatusAsync()).ToText().ShouldBe(text);
        }
    }

    [Theory, OnEachBackend]
    public async Task JOB_21_a_job_goes_from_status_to_status(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> parent = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { DependsOn = [parent], Retry = new Retry(1, TimeSpan.FromHours(1)) });
        Job bad = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        (parent.Status, child.Status).ShouldBe((JobStatus.Queued, JobStatus.Deferred));

        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Started);
        TestJobs.Gate(gate).Open();
        await parent.WaitForResultAsync(Eventually.Limit);
        await Should.ThrowAsync<JobFailedException>(() => bad.WaitForResultAsync(Eventually.Limit));

        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await bad.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        await Eventually.BecomesAsync(async () => await child.GetStatusAsync() == JobStatus.Scheduled, "the failed child waits for its retry");
    }

    // Times are cut when they are stored.
    private static DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
