using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Registries;

/// <summary>Registries count, list and tell times, and reading them changes nothing.</summary>
public class RegistryTests
{
    [Theory, OnEachBackend]
    public async Task REG_1_each_state_has_a_registry_that_lists_its_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = await RunOneOfEachAsync(world);

        (await Of(world, RegistryKind.Started).GetJobIdsAsync()).ShouldBe(["started"]);
        (await Of(world, RegistryKind.Finished).GetJobIdsAsync()).ShouldBe(["finished"]);
        (await Of(world, RegistryKind.Failed).GetJobIdsAsync()).ShouldBe(["failed"]);
        (await Of(world, RegistryKind.Scheduled).GetJobIdsAsync()).ShouldBe(["scheduled"]);
        (await Of(world, RegistryKind.Deferred).GetJobIdsAsync()).ShouldBe(["deferred"]);
        (await Of(world, RegistryKind.Canceled).GetJobIdsAsync()).ShouldBeEmpty();
        (await Of(world, RegistryKind.Ready).GetJobIdsAsync()).ShouldBeEmpty();
        (await Of(world, RegistryKind.Failed).GetJobsAsync()).Single().Status.ShouldBe(JobStatus.Failed);
        Of(world, RegistryKind.Failed).GetQueue().ShouldBe(world.Queue());
        TestJobs.Gate(gate).Open();
    }

    [Theory, OnEachBackend]
    public async Task REG_2_counting_changes_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        foreach (RegistryKind kind in Enum.GetValues<RegistryKind>())
        {
            string key = KeyOf(world, kind);
            await db.SortedSetAddAsync(key, [new SortedSetEntry("expired", 1), new SortedSetEntry("current", Now + 1000)]);
            JobRegistry registry = Of(world, kind);
            (await registry.CountAsync()).ShouldBe(2);
            (await registry.GetJobIdsAsync()).ShouldBe(["current", "expired"]);
            (await registry.GetJobsAsync()).ShouldBeEmpty();
            (await db.SortedSetLengthAsync(key)).ShouldBe(2);
        }
    }

    [Theory, OnEachBackend]
    public async Task REG_3_pages_come_newest_first_or_in_rqs_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        JobRegistry registry = Of(world, RegistryKind.Finished);
        (await registry.GetJobIdsAsync(0, 5)).ShouldBeEmpty();
        await world.Rq.Database.SortedSetAddAsync(KeyOf(world, RegistryKind.Finished), [.. Enumerable.Range(0, 10).Select(i => new SortedSetEntry($"j{i}", Now + i))]);

        (await registry.GetJobIdsAsync(0, 3)).ShouldBe(["j9", "j8", "j7"]);
        (await registry.GetJobIdsAsync(3, 3)).ShouldBe(["j6", "j5", "j4"]);
        (await registry.GetJobIdsAsync(9, 3)).ShouldBe(["j0"]);
        (await registry.GetJobIdsAsync(10, 3)).ShouldBeEmpty();
        (await registry.GetJobIdsAsync(8)).ShouldBe(["j1", "j0"]);
        (await registry.GetJobIdsAsync(0, 0)).ShouldBeEmpty();
        (await registry.GetJobIdsAsync(0, 3, newestFirst: false)).ShouldBe(["j0", "j1", "j2"]);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => registry.GetJobIdsAsync(-1));
    }

    [Theory, OnEachBackend]
    public async Task REG_4_a_registry_knows_whether_it_lists_a_job_or_an_id(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = await RunOneOfEachAsync(world);
        foreach (RegistryKind kind in new[] { RegistryKind.Started, RegistryKind.Finished, RegistryKind.Failed, RegistryKind.Scheduled, RegistryKind.Deferred })
        {
            string id = kind.ToString().ToLowerInvariant();
            (await Of(world, kind).ContainsAsync(await Job.FetchAsync(id, world.Rq))).ShouldBeTrue();
            (await Of(world, kind).ContainsAsync(id)).ShouldBeTrue();
            (await Of(world, kind).ContainsAsync("somebody-else")).ShouldBeFalse();
            (await new JobRegistry(kind, "other", world.Rq).ContainsAsync(id)).ShouldBeFalse();
        }

        (await Of(world, RegistryKind.Finished).ContainsAsync("failed")).ShouldBeFalse();
        TestJobs.Gate(gate).Open();
    }

    [Theory, OnEachBackend]
    public async Task REG_6_each_entry_has_its_time_and_what_has_expired_is_listed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "kept", ResultTtl = Timeout.InfiniteTimeSpan });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "kept-failed", FailureTtl = Timeout.InfiniteTimeSpan });
        DateTimeOffset before = DateTimeOffset.UtcNow;
        string gate = await RunOneOfEachAsync(world);

        await IsNearAsync(Of(world, RegistryKind.Finished), "finished", TimeSpan.FromSeconds(500));
        await IsNearAsync(Of(world, RegistryKind.Failed), "failed", TimeSpan.FromDays(365));
        await IsNearAsync(Of(world, RegistryKind.Started), "started", TimeSpan.FromSeconds(90));
        await IsNearAsync(Of(world, RegistryKind.Deferred), "deferred", TimeSpan.Zero);
        await IsNearAsync(Of(world, RegistryKind.Scheduled), "scheduled", TimeSpan.FromHours(1));
        (await Of(world, RegistryKind.Finished).GetTimeAsync("kept")).ShouldBe(DateTimeOffset.MaxValue);
        (await Of(world, RegistryKind.Failed).GetTimeAsync("kept-failed")).ShouldBe(DateTimeOffset.MaxValue);
        (await Of(world, RegistryKind.Canceled).GetTimeAsync("finished")).ShouldBeNull();
        (await Of(world, RegistryKind.Started).GetTimeAsync("finished")).ShouldBeNull();

        DateTimeOffset later = before.AddYears(2);
        (await Of(world, RegistryKind.Finished).GetExpiredJobIdsAsync(before)).ShouldBeEmpty();
        (await Of(world, RegistryKind.Finished).GetExpiredJobIdsAsync(later)).ShouldBe(["finished"]);
        (await Of(world, RegistryKind.Failed).GetExpiredJobIdsAsync(later)).ShouldBe(["failed"]);
        (await Of(world, RegistryKind.Started).GetExpiredJobIdsAsync(later)).ShouldBe(["started"]);
        (await Of(world, RegistryKind.Scheduled).GetExpiredJobIdsAsync(later)).ShouldBe(["scheduled"]);
        TestJobs.Gate(gate).Open();

        async Task IsNearAsync(JobRegistry registry, string id, TimeSpan distance)
        {
            DateTimeOffset time = (await registry.GetTimeAsync(id)).ShouldNotBeNull();
            time.ShouldBeInRange((before + distance).AddSeconds(-2), DateTimeOffset.UtcNow + distance + TimeSpan.FromSeconds(2));
        }
    }

    [Theory, OnEachBackend]
    public async Task REG_9_the_started_registry_tells_jobs_and_executions(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string execution = new('a', 32);
        long now = Now;
        await world.Rq.Database.SortedSetAddAsync(KeyOf(world, RegistryKind.Started), [
            new SortedSetEntry("of-1-13", now + 1), new SortedSetEntry($"of-2-10:{execution}", now + 2), new SortedSetEntry("old:id", now + 3),
            new SortedSetEntry($"of-2-10:{new string('b', 32)}", now + 4)]);
        JobRegistry registry = Of(world, RegistryKind.Started);

        (await registry.GetExecutionIdsAsync()).ShouldBe([new("of-1-13", null), new("of-2-10", execution), new("old:id", null), new("of-2-10", new string('b', 32))]);
        (await registry.GetExecutionIdsAsync()).Select(each => each.ToString()).ShouldContain($"of-2-10:{execution}");
        (await registry.GetJobIdsAsync(newestFirst: false)).ShouldBe(["of-1-13", "of-2-10", "old:id"]);
        (await registry.CountAsync()).ShouldBe(4);
        (await registry.ContainsAsync("of-1-13")).ShouldBeTrue();
        (await registry.ContainsAsync("old:id")).ShouldBeTrue();
        (await registry.ContainsAsync("of-2-10")).ShouldBeTrue();
        (await registry.GetTimeAsync("of-2-10")).ShouldBe(DateTimeOffset.FromUnixTimeSeconds(now + 4));
        await Should.ThrowAsync<InvalidOperationException>(() => Of(world, RegistryKind.Failed).GetExecutionIdsAsync());
    }

    [Theory, OnEachBackend]
    public async Task S128_ids_whose_job_is_gone_are_no_rows_and_no_errors(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        string[] real = [.. (await world.Queue("real").EnqueueManyAsync(Enumerable.Range(0, 100).Select(i => JobCall.To("f", i)))).Select(job => job.Id)];
        string[] ghosts = [.. Enumerable.Range(0, 100).Select(i => $"ghost-{i}")];
        foreach (RegistryKind kind in Enum.GetValues<RegistryKind>())
        {
            string suffix = kind == RegistryKind.Started ? ":" + new string('0', 32) : "";
            await db.SortedSetAddAsync(KeyOf(world, kind), [.. real.Concat(ghosts).Select((id, i) => new SortedSetEntry(id + suffix, Now + i % 100))]);

            JobRegistry registry = Of(world, kind);
            (await registry.CountAsync()).ShouldBe(200);
            (await registry.GetJobIdsAsync()).Count.ShouldBe(200);
            (await registry.GetJobsAsync()).Select(job => job.Id).Order().ShouldBe(real.Order());
            (await registry.GetJobsAsync(0, 50)).ShouldAllBe(job => real.Contains(job.Id));
            (await registry.ContainsAsync("ghost-7")).ShouldBeTrue();
            (await registry.GetTimeAsync("ghost-7")).ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task REG_2_python_and_we_count_the_same()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string gate = await RunOneOfEachAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("python_tasks.add", 1, 2), new JobOptions { Id = "canceled" });
        await python.RunAsync("fetch('canceled').cancel()");
        string counts = await python.RunAsync("""
            q = queue()
            registries = [q.started_job_registry, q.finished_job_registry, q.failed_job_registry, q.deferred_job_registry, q.scheduled_job_registry, q.canceled_job_registry]
            print(','.join(str(len(registry)) for registry in registries))
            print(','.join(registry.get_job_ids()[0] for registry in registries[1:]))
            print(int(q.finished_job_registry.get_expiration_time(fetch('finished')).replace(tzinfo=timezone.utc).timestamp()))
            """);

        string[] lines = counts.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        RegistryKind[] kinds = [RegistryKind.Started, RegistryKind.Finished, RegistryKind.Failed, RegistryKind.Deferred, RegistryKind.Scheduled, RegistryKind.Canceled];
        var ours = new List<long>();
        foreach (RegistryKind kind in kinds)
            ours.Add(await Of(world, kind).CountAsync());
        lines[0].ShouldBe(string.Join(',', ours));
        ours.ShouldAllBe(count => count == 1);
        lines[1].ShouldBe("finished,failed,deferred,scheduled,canceled");
        (await Of(world, RegistryKind.Finished).GetTimeAsync("finished"))!.Value.ToUnixTimeSeconds().ToString().ShouldBe(lines[2]);
        TestJobs.Gate(gate).Open();
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private static JobRegistry Of(TestWorld world, RegistryKind kind) => new(kind, "default", world.Rq);

    private static string KeyOf(TestWorld world, RegistryKind kind) =>
        $"{world.Rq.KeyPrefix}{(kind == RegistryKind.Started ? "wip" : kind.ToString().ToLowerInvariant())}:default";

    /// <summary>Leaves one job in each state that a worker brings about, with the state as its id.</summary>
    /// <returns>The gate at which the started one waits.</returns>
    private static async Task<string> RunOneOfEachAsync(TestWorld world)
    {
        string gate = Guid.NewGuid().ToString();
        Queue queue = world.Queue();
        await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "finished" });
        await queue.EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "failed" });
        await queue.EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "scheduled", Retry = new Retry(1, TimeSpan.FromHours(1)) });
        await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = "started" });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "deferred", DependsOn = ["started"] });
        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Eventually.BecomesAsync(() => world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Scheduled("default"), "scheduled").ContinueWith(t => t.Result is not null), "what ran is settled");
        return gate;
    }
}
