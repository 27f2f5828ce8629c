using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

public class EnqueueTests
{
    [Theory, OnEachBackend]
    public async Task S002_an_id_with_other_characters_is_refused_before_anything_is_written(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (string id in new[] { "build:42", "a b", "é", "" })
        {
            var error = await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id }));
            error.Message.ShouldContain("A-Z, a-z, 0-9");
        }

        (await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + "queues")).ShouldBeFalse();
        (await world.Queue().CountAsync()).ShouldBe(0);

        string long300 = new('x', 300);
        Job first = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "ok_id-1" });
        Job second = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = long300 });
        await world.RunBurstAsync();

        (await first.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await second.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task S017_jobs_at_front_overtake_and_the_last_one_put_there_is_first(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        foreach (string item in new[] { "a", "b", "c" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item));
        foreach (string item in new[] { "x", "y" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item), new JobOptions { AtFront = true });

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["y", "x", "a", "b", "c"]);
    }

    [Theory, OnEachBackend]
    public async Task S017_dependents_at_front_overtake_those_that_wait(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "parent"));
        foreach (string item in new[] { "d1", "d2" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item), new JobOptions { DependsOn = new Dependency(parent) { AtFront = true } });
        foreach (string item in new[] { "a", "b" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item));

        await world.RunBurstAsync();

        string[] order = TestJobs.Noted(list);
        order[0].ShouldBe("parent");
        order[1..3].ShouldBe(["d1", "d2"], ignoreOrder: true);
        order[3..].ShouldBe(["a", "b"]);
    }

    [Theory, OnEachBackend]
    public async Task S017_a_retry_at_front_goes_to_the_head(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "r"), new JobOptions { Retry = new Retry(1) { AtFront = true } });
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "a"));

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["r", "r", "a"]);
    }

    [Theory, OnEachBackend]
    public async Task An_id_that_waits_is_replaced_in_its_place_and_runs_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "old"), new JobOptions { Id = "same" });
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "after"));
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "new"), new JobOptions { Id = "same" });
        (await world.Queue().CountAsync()).ShouldBe(2);

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["new", "after"]);
    }

    [Theory, OnEachBackend]
    public async Task An_id_that_waits_on_another_queue_moves(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        await world.Queue("low").EnqueueAsync(() => TestJobs.Note(list, "old"), new JobOptions { Id = "same" });
        await world.Queue("high").EnqueueAsync(() => TestJobs.Note(list, "new"), new JobOptions { Id = "same" });

        (await world.Queue("low").CountAsync()).ShouldBe(0);
        await world.RunBurstAsync(["low", "high"]);

        TestJobs.Noted(list).ShouldBe(["new"]);
    }

    [Theory, OnEachBackend]
    public async Task An_id_that_runs_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = "same" });
        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();

        var error = await Should.ThrowAsync<JobIsRunningException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "same" }));
        error.JobId.ShouldBe("same");
        TestJobs.Gate(gate).Open();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Theory, OnEachBackend]
    public async Task An_id_that_has_ended_starts_anew(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job first = await world.Queue().EnqueueAsync(() => TestJobs.Fail("first"), new JobOptions { Id = "same" });
        await world.RunBurstAsync();
        (await first.GetStatusAsync()).ShouldBe(JobStatus.Failed);

        Job<int> second = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Id = "same" });
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.KeyPrefix + "failed:default")).ShouldBe(0);
        await world.RunBurstAsync();

        (await second.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task Many_are_enqueued_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        string[] items = [.. Enumerable.Range(0, 1200).Select(number => number.ToString())];

        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(items.Select(item => JobCall.To("RQ.TestSupport.TestJobs.Note", list, item)));
        jobs.Count.ShouldBe(1200);
        (await world.Queue().CountAsync()).ShouldBe(1200);
        await world.RunBurstAsync();

        TestJobs.Noted(list).SequenceEqual(items).ShouldBeTrue();
    }

    [Theory, OnEachBackend]
    public async Task Options_that_cannot_be_are_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (JobOptions options in new JobOptions[]
        {
            new() { Timeout = TimeSpan.Zero }, new() { Ttl = TimeSpan.Zero }, new() { ResultTtl = TimeSpan.FromSeconds(-2) }, new() { DependsOn = ["a:b"] },
        })
        {
            await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), options));
        }

        Should.Throw<ArgumentOutOfRangeException>(() => new Retry(0));
        Should.Throw<ArgumentException>(() => new Dependency());
        (await world.Queue().CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_waits_longer_than_its_ttl_vanishes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Ttl = TimeSpan.FromSeconds(1) });
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + "job:" + job.Id), "the job's hash expires");

        await world.RunBurstAsync();

        TestJobs.Runs(key).ShouldBe(0);
        (await world.Queue().CountAsync()).ShouldBe(0);
        await Should.ThrowAsync<JobNotFoundException>(() => job.RefreshAsync());
    }
}
