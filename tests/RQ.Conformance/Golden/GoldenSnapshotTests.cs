using System.Text.Json;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Golden;

/// <summary>We read everything that any of RQ 1.13, 2.10 and its successor left in Redis, and see in it what Python saw.</summary>
public class GoldenSnapshotTests
{
    public static TheoryData<string, string> Files
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (string version in GoldenScenario.Versions)
            {
                foreach (string scenario in GoldenScenario.Names(version))
                    files.Add(version, scenario);
            }

            return files;
        }
    }

    [Theory, MemberData(nameof(Files))]
    public async Task All_of_every_snapshot_is_read(string version, string scenario)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        GoldenScenario golden = GoldenScenario.Load(scenario, version);
        foreach (string when in golden.Moments)
        {
            RedisDump snapshot = golden.Snapshot(when).WithoutTtl();
            await snapshot.WriteAsync(world.Rq.Database);
            JsonElement keys = golden.Keys(when);
            await new GoldenLists(keys, world.Rq).AreReadAsync();
            foreach (GoldenJob job in GoldenJob.In(keys))
                await job.IsReadAsync(world);
            await world.Rq.Database.KeyDeleteAsync([.. snapshot.Keys.Keys.Select(key => (RedisKey)key)]);
        }
    }

    [Fact]
    public void All_three_versions_are_there() =>
        GoldenScenario.Versions.Select(version => GoldenScenario.Names(version).Count()).ShouldBe([35, 42, 44]);

    /// <summary>No snapshot happens to hold this status of a moment.</summary>
    [Fact]
    public async Task A_job_about_to_be_enqueued_is_read()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await GoldenScenario.Load("deferred", "master").Snapshot("after enqueue").WriteAsync(world.Rq.Database);
        await world.Rq.Database.HashSetAsync("rq:job:d-one", "status", "ready_to_enqueue");

        (await Job.FetchAsync("d-one", world.Rq)).Status.ShouldBe(JobStatus.ReadyToEnqueue);
    }
}
