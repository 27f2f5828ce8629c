using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Ids that are in use.</summary>
public class UniqueTests
{
    [Theory, OnEachBackend]
    public async Task S001_a_second_enqueue_replaces_the_first_or_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        string list = Guid.NewGuid().ToString();
        for (int i = 0; i < 20; i++)
        {
            await queue.EnqueueAsync(() => TestJobs.Note(list, "first"), new JobOptions { Id = "x" });
            await queue.EnqueueAsync(() => TestJobs.Note(list, "second"), new JobOptions { Id = "x" });
            (await queue.CountAsync()).ShouldBe(1);
            await world.RunBurstAsync();
        }

        TestJobs.Noted(list).ShouldBe(Enumerable.Repeat("second", 20));

        string unique = Guid.NewGuid().ToString();
        await queue.EnqueueAsync(() => TestJobs.Note(unique, "1"), new JobOptions { Id = "u", Unique = UniqueJob.WhileStored });
        DuplicateJobException refusal = await Should.ThrowAsync<DuplicateJobException>(
            () => queue.EnqueueAsync(() => TestJobs.Note(unique, "2"), new JobOptions { Id = "u", Unique = UniqueJob.WhileStored }));
        refusal.Status.ShouldBe(JobStatus.Queued);
        (await queue.CountAsync()).ShouldBe(1);
        await world.RunBurstAsync();
        TestJobs.Noted(unique).ShouldBe(["1"]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_17_unique_while_stored_holds_until_the_job_is_gone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        var unique = new JobOptions { Id = "u", Unique = UniqueJob.WhileStored };
        JobCall call = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2);
        Job job = await queue.EnqueueAsync(call, unique);
        await world.RunBurstAsync();

        (await Should.ThrowAsync<DuplicateJobException>(() => queue.EnqueueAsync(call, unique))).Status.ShouldBe(JobStatus.Finished);
        await job.DeleteAsync();
        await queue.EnqueueAsync(call, unique);
        await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(call, new JobOptions { Unique = UniqueJob.WhileStored }));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_17_of_many_callers_at_once_one_wins(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int won = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            try
            {
                await world.Queue().EnqueueAsync(JobCall.To("f", i), new JobOptions { Id = "one", Unique = UniqueJob.WhileActive });
                Interlocked.Increment(ref won);
            }
            catch (DuplicateJobException)
            {
            }
        }));

        won.ShouldBe(1);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task S008_the_id_is_free_again_when_the_job_has_ended(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        var active = new JobOptions { Id = "u", Unique = UniqueJob.WhileActive };
        var later = active with { DueIn = TimeSpan.FromHours(1) };
        JobCall add = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2), fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");

        Job job = await queue.EnqueueAsync(add, later);
        (await Should.ThrowAsync<DuplicateJobException>(() => queue.EnqueueAsync(add, active))).Status.ShouldBe(JobStatus.Scheduled);
        await job.DeleteAsync();
        job = await queue.EnqueueAsync(add, later);
        await job.CancelAsync();
        await queue.EnqueueAsync(add, active);
        await Should.ThrowAsync<DuplicateJobException>(() => queue.EnqueueAsync(add, active));
        await world.RunBurstAsync();
        await queue.EnqueueAsync(fail, active);
        await world.RunBurstAsync();
        await queue.EnqueueAsync(add, active);

        string gate = Guid.NewGuid().ToString();
        await world.RunBurstAsync();
        await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), active);
        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await Should.ThrowAsync<DuplicateJobException>(() => queue.EnqueueAsync(add, active))).Status.ShouldBe(JobStatus.Started);
        TestJobs.Gate(gate).Open();
    }

    [Theory, OnEachBackend]
    public async Task S091_a_dependency_that_closes_a_circle_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        JobCall call = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");
        await queue.EnqueueAsync(call, new JobOptions { Id = "A" });
        await world.RunBurstAsync();
        await queue.EnqueueAsync(call, new JobOptions { Id = "B", DependsOn = ["A"] });
        await queue.EnqueueAsync(call, new JobOptions { Id = "C", DependsOn = ["B"] });

        DependencyCycleException cycle = await Should.ThrowAsync<DependencyCycleException>(
            () => queue.EnqueueAsync(call, new JobOptions { Id = "A", DependsOn = ["C"] }));
        (cycle.JobId, cycle.DependencyId).ShouldBe(("A", "C"));
        await Should.ThrowAsync<DependencyCycleException>(() => queue.EnqueueAsync(call, new JobOptions { Id = "A", DependsOn = ["A"] }));
        await Should.ThrowAsync<DependencyCycleException>(() => queue.EnqueueManyAsync([
            new JobRequest(call, new JobOptions { Id = "x", DependsOn = ["y"] }), new JobRequest(call, new JobOptions { Id = "y", DependsOn = ["x"] })]));

        (await (await Job.FetchAsync("A", world.Rq)).GetStatusAsync()).ShouldBe(JobStatus.Failed, "nothing was changed");
        (await Job.ExistsAsync("x", world.Rq)).ShouldBeFalse();
        (await queue.CountAsync()).ShouldBe(0);
    }
}
