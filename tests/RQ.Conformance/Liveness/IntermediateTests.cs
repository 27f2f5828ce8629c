using System.Globalization;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Ids that a worker of Python RQ 2 took off its queue and had not started when it died.</summary>
public class IntermediateTests
{
    private static RedisKey Note(TestWorld world, Job job) => world.Rq.Keys.IntermediateNotes("default") + job.Id;

    /// <summary>The key under which Python's maintenance notes when it saw an id first.</summary>
    private static RedisKey PythonsNote(TestWorld world, Job job) => world.Rq.Keys.Intermediate("default") + ":first_seen:" + job.Id;

    private static double Seconds => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private static async Task SeenBeforeAsync(TestWorld world, Job job, double seconds) => await world.Rq.Database.StringSetAsync(
        Note(world, job), FormattableString.Invariant($"{Seconds - seconds} ") + await EnqueuedAtAsync(world, job));

    private static Task<RedisValue> EnqueuedAtAsync(TestWorld world, Job job) => world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "enqueued_at");

    [Theory, OnEachBackend]
    public async Task MNT_1_they_go_back_to_the_head_half_a_minute_after_they_were_first_seen(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job first = await PythonState.PoppedAsync(world), second = await PythonState.PoppedAsync(world), fresh = await PythonState.PoppedAsync(world);
        Job waiting = await world.Queue().EnqueueAsync(JobCall.To("a"));
        await cleaner.CleanAsync();
        string[] noted = ((string)(await world.Rq.Database.StringGetAsync(Note(world, fresh)))!).Split(' ');
        double.Parse(noted[0], CultureInfo.InvariantCulture).ShouldBeInRange(Seconds - 300, Seconds + 300);
        noted[1].ShouldBe((string?)await EnqueuedAtAsync(world, fresh));
        (await world.Rq.Database.KeyTimeToLiveAsync(Note(world, fresh)))!.Value.TotalSeconds.ShouldBeInRange(1, 120);
        (await world.Rq.Database.KeyExistsAsync(PythonsNote(world, fresh))).ShouldBeFalse("Python fails the job a minute after its own note");
        await SeenBeforeAsync(world, first, 31);
        await SeenBeforeAsync(world, second, 40);
        await SeenBeforeAsync(world, fresh, -1000);
        await world.Rq.Database.StringSetAsync(PythonsNote(world, first), Seconds - 50);

        await cleaner.CleanAfterStallAsync();
        (await world.Queue().CountAsync()).ShouldBe(1, "nothing is judged after a stall");
        await cleaner.CleanUntilAsync(async () => await world.Queue().CountAsync() == 3, "two are back");

        (await world.Queue().GetJobIdsAsync()).ShouldBe([first.Id, second.Id, waiting.Id]);
        (await world.Rq.Database.ListRangeAsync(world.Rq.Keys.Intermediate("default"))).ShouldBe([(RedisValue)fresh.Id]);
        (await world.Rq.Database.KeyExistsAsync([Note(world, first), PythonsNote(world, first)])).ShouldBe(0L);
        (await first.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task What_is_gone_or_runs_leaves_the_list_and_what_is_being_started_stays(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        IDatabase db = world.Rq.Database;
        Job gone = await PythonState.PoppedAsync(world), runs = await PythonState.PoppedAsync(world), starting = await PythonState.PoppedAsync(world);
        foreach (Job job in new[] { gone, runs, starting })
            await SeenBeforeAsync(world, job, 1000);
        await db.KeyDeleteAsync(world.Rq.Keys.Job(gone.Id));
        await db.HashSetAsync(world.Rq.Keys.Job(runs.Id), "status", "started");
        // Python lists an execution before the job's status says that it runs.
        await db.SortedSetAddAsync(world.Rq.Keys.Executions(starting.Id), "e", 1000);
        await db.SortedSetAddAsync(world.Rq.Keys.Executions(starting.Id), [.. Enumerable.Range(0, 30).Select(i => new SortedSetEntry($"old{i}", i))]);
        await db.SortedSetAddAsync(world.Rq.Keys.Started("default"), $"{starting.Id}:e", DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds());

        await cleaner.CleanAsync();
        await cleaner.CleanAsync();

        (await db.ListRangeAsync(world.Rq.Keys.Intermediate("default"))).ShouldBe([(RedisValue)starting.Id]);
        (await world.Queue().CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task What_was_seen_of_an_earlier_life_of_the_job_does_not_count(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job job = await PythonState.PoppedAsync(world);
        await SeenBeforeAsync(world, job, 1000);
        await world.Rq.Database.StringSetAsync(PythonsNote(world, job), Seconds - 1000);
        // It was run and enqueued once more, and a worker starts it now.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "enqueued_at", RqTime.Timestamp(DateTimeOffset.UtcNow.AddSeconds(1)));

        await cleaner.CleanAsync();
        await cleaner.CleanAsync();

        (await world.Rq.Database.ListRangeAsync(world.Rq.Keys.Intermediate("default"))).ShouldBe([(RedisValue)job.Id]);
        (await world.Queue().CountAsync()).ShouldBe(0);
        ((string?)await world.Rq.Database.StringGetAsync(Note(world, job))).ShouldNotBeNull().ShouldEndWith((string)(await EnqueuedAtAsync(world, job))!);
    }

    [Theory, OnEachBackend]
    public async Task What_was_seen_before_the_servers_clock_was_set_back_is_seen_anew(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job job = await PythonState.PoppedAsync(world);
        await SeenBeforeAsync(world, job, -3600);

        await cleaner.CleanAsync();

        string note = (string)(await world.Rq.Database.StringGetAsync(Note(world, job)))!;
        double.Parse(note.Split(' ')[0], CultureInfo.InvariantCulture).ShouldBeInRange(Seconds - 300, Seconds + 300);
        (await world.Queue().CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S046_ten_cleaners_put_each_id_back_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Cleaner[] cleaners = [.. Enumerable.Range(0, 10).Select(_ => new Cleaner(world))];
        for (int i = 0; i < 20; i++)
            await SeenBeforeAsync(world, await PythonState.PoppedAsync(world), 100);

        await Eventually.BecomesAsync(async () =>
        {
            await Task.WhenAll(cleaners.Select(cleaner => cleaner.CleanAsync()));
            return !await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Intermediate("default"));
        }, "the list is empty");

        (await world.Queue().GetJobIdsAsync()).Distinct().Count().ShouldBe(20);
        (await world.Queue().CountAsync()).ShouldBe(20);
        foreach (Cleaner cleaner in cleaners)
            cleaner.Dispose();
    }
}
