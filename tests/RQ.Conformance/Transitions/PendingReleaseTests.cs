using RQ.Executions;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Transitions;

/// <summary>The end of a job of which not all that wait for it have been told yet, when something else happens to the job.</summary>
public class PendingReleaseTests
{
    /// <summary>More than one call releases by itself.</summary>
    private const int Many = 600;

    [Fact]
    public async Task A_job_that_is_deleted_while_its_good_end_is_being_told_of_holds_up_nobody()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world, "default");
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("parent"));
        Queue after = world.Queue("after");
        await after.EnqueueManyAsync(Enumerable.Range(0, Many).Select(_ => new JobRequest(JobCall.To("child"), new JobOptions { DependsOn = [parent] })));
        Execution execution = (await client.TakeAsync(1, ExecutionIds.New(1))).Executions.Single();
        (await client.FinishAsync(execution)).ShouldBe(Verdict.Releasing);

        // As who has waited for the result does, before the worker comes to the rest.
        await parent.DeleteAsync();

        (await after.CountAsync()).ShouldBe(Many);
        (await world.Rq.Database.HashLengthAsync(world.Rq.Keys.Releasing)).ShouldBe(0);
    }

    [Fact]
    public async Task Who_comes_later_and_wants_something_else_of_a_bad_end_takes_nothing_from_those_before_him()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("parent"));
        Queue after = world.Queue("after");
        Job first = await after.EnqueueAsync(JobCall.To("child"), new JobOptions { DependsOn = [parent] });
        await parent.CancelAsync();
        (await first.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        // Canceled so that those that wait are run, by somebody who died before he had told them.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Releasing, parent.Id, "gone");

        await after.EnqueueAsync(JobCall.To("late"), new JobOptions { DependsOn = new Dependency(parent) { IfUnmet = UnmetDependency.Fail } });

        (await first.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory]
    [InlineData("-5", null)]
    [InlineData("-1", null)]
    [InlineData("", 31_536_000L)]
    [InlineData("soon", 31_536_000L)]
    [InlineData("99999999999999999999", 3_153_600_000L)]
    [InlineData("300.5", 301L)]
    public async Task Whatever_Python_writes_as_failure_ttl_a_canceled_job_is_kept_by_it(string failureTtl, long? seconds)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("job"));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "failure_ttl", failureTtl);

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => job.CancelAsync(ttl: TimeSpan.FromSeconds(-60)));
        await job.CancelAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        TimeSpan? left = await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id));
        if (seconds is { } most)
            left!.Value.TotalSeconds.ShouldBeInRange(Math.Max(most - 300, 0), most);
        else
            left.ShouldBeNull();
    }
}
