using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

public class JobExecutionTests
{
    [Theory, OnEachBackend]
    public async Task JOB_19_a_running_job_tells_who_runs_it_since_when(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        (await ExecutionRecords.ReadAsync(world.Rq, job.Id)).ShouldBeEmpty();
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
        world.StartWorker(configure: options => options.Name = "w1");
        await TestJobs.Gate(gate).HasEnteredAsync();

        JobExecution atOnce = (await ExecutionRecords.ReadAsync(world.Rq, job.Id)).ShouldHaveSingleItem();
        atOnce.JobId.ShouldBe(job.Id);
        atOnce.Id.Length.ShouldBe(32);
        atOnce.WorkerName.ShouldBe("w1");
        atOnce.CreatedAt.ShouldNotBeNull().ShouldBeInRange(before, DateTimeOffset.UtcNow.AddSeconds(1));
        await Eventually.BecomesAsync(() => world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Execution(job.Id, atOnce.Id)), "the heartbeat has written its record");
        JobExecution beating = (await ExecutionRecords.ReadAsync(world.Rq, job.Id)).ShouldHaveSingleItem();
        beating.Id.ShouldBe(atOnce.Id);
        beating.WorkerName.ShouldBe("w1");
        beating.LastHeartbeat.ShouldNotBeNull().ShouldBeInRange(before, DateTimeOffset.UtcNow.AddSeconds(1));

        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);
        (await ExecutionRecords.ReadAsync(world.Rq, job.Id)).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task JOB_19_records_of_python_are_read_and_dead_ones_left_out(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        string of210 = new('a', 32), ofMaster = new('b', 32), gone = new('c', 32);
        await db.SortedSetAddAsync(world.Rq.Keys.Executions("j"), [new(gone, 1), new(of210, 2), new(ofMaster, 3)]);
        await db.HashSetAsync(world.Rq.Keys.Execution("j", of210), [new("id", of210), new("created_at", "1795602399.57194"), new("last_heartbeat", "1795602401.5")]);
        await db.HashSetAsync(world.Rq.Keys.Execution("j", ofMaster), [new("id", ofMaster), new("created_at", "1795602400.0"), new("job_id", "j"), new("worker_name", "pw")]);

        IReadOnlyList<JobExecution> executions = await ExecutionRecords.ReadAsync(world.Rq, "j");

        executions.Select(execution => execution.Id).ShouldBe([of210, ofMaster]);
        executions[0].CreatedAt.ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1795602399).AddMicroseconds(571940));
        executions[0].LastHeartbeat.ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1795602401.5));
        executions[0].WorkerName.ShouldBeNull();
        executions[1].LastHeartbeat.ShouldBeNull();
        executions[1].WorkerName.ShouldBe("pw");
    }
}
