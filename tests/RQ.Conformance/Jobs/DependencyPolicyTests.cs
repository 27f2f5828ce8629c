using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>What becomes of jobs when one that they wait for ends without success.</summary>
public class DependencyPolicyTests
{
    private static readonly JobCall s_fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");
    private static readonly JobCall s_add = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2);

    private static JobOptions After(Job job, UnmetDependency policy) => new() { DependsOn = new Dependency(job) { IfUnmet = policy } };

    [Theory, OnEachBackend]
    public async Task Each_child_of_a_failed_parent_gets_what_it_asked_for(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await queue.EnqueueAsync(s_fail);
        Job wait = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Wait));
        Job run = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Run));
        Job fail = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Fail));
        Job cancel = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Cancel));

        await world.RunBurstAsync();

        (await wait.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await run.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await fail.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await cancel.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        JobResult result = (await fail.GetLatestResultAsync())!;
        result.ExceptionText!.ShouldContain("Dependency failed");
        result.ExceptionText!.ShouldContain(parent.Id);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Deferred("default"))).ShouldBe(1);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), fail.Id)).ShouldNotBeNull();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Releasing)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task S088_a_chain_fails_in_order_or_waits_for_the_requeue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        string list = Guid.NewGuid().ToString();
        async Task<List<Job>> ChainAsync(UnmetDependency policy)
        {
            var chain = new List<Job> { await queue.EnqueueAsync(s_add) };
            string key = policy.ToString();
            chain.Add(await queue.EnqueueAsync(() => TestJobs.FailOnce(list, key), new JobOptions { DependsOn = [chain[0]] }));
            for (int i = 2; i < 10; i++)
                chain.Add(await queue.EnqueueAsync(s_add, After(chain[^1], policy)));
            return chain;
        }

        List<Job> waits = await ChainAsync(UnmetDependency.Wait), fails = await ChainAsync(UnmetDependency.Fail);
        await world.RunBurstAsync();

        foreach (Job job in fails.Skip(2))
            (await job.GetLatestResultAsync())!.ExceptionText!.ShouldContain(job.DependencyIds[0]);
        foreach (Job job in waits.Skip(2))
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        waits[2].DependencyIds.ShouldBe([waits[1].Id], "it names the one that it waits for");

        await waits[1].RequeueAsync();
        await world.RunBurstAsync();
        foreach (Job job in waits)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task A_parent_that_had_failed_before_is_judged_when_the_child_is_enqueued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await queue.EnqueueAsync(s_fail);
        await world.RunBurstAsync();

        (await queue.EnqueueAsync(s_add, new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } })).Status.ShouldBe(JobStatus.Queued);
        (await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Run))).Status.ShouldBe(JobStatus.Queued);
        (await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Wait))).Status.ShouldBe(JobStatus.Deferred);
        Job fail = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Fail));
        (await fail.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        Job cancel = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Cancel));
        (await cancel.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task Canceled_and_deleted_parents(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue("unserved");
        foreach (bool delete in new[] { false, true })
        {
            Job parent = await queue.EnqueueAsync(s_add);
            Job wait = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Wait));
            Job run = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Run));
            Job fail = await queue.EnqueueAsync(s_add, After(parent, UnmetDependency.Fail));
            Job grandchild = await queue.EnqueueAsync(s_add, After(fail, UnmetDependency.Cancel));

            if (delete)
                await parent.DeleteAsync();
            else
                await parent.CancelAsync();

            (await wait.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
            (await run.GetStatusAsync()).ShouldBe(JobStatus.Queued);
            (await fail.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            (await grandchild.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        }
    }

    [Theory, OnEachBackend]
    public async Task DEP_7_the_children_of_a_stopped_parent_stay_deferred(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        RunningWorker worker = world.StartWorker();
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Retry = new Retry(3) });
        Job child = await world.Queue("unserved").EnqueueAsync(s_add, new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Job run = await world.Queue("unserved").EnqueueAsync(s_add, After(parent, UnmetDependency.Run));
        await TestJobs.Gate(gate).HasEnteredAsync();

        await parent.StopAsync();

        // Its method heeds no token: the worker gives it up after the grace period.
        await Eventually.BecomesAsync(async () => await parent.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
        (await world.Queue().Failed.ContainsAsync(parent)).ShouldBeTrue();
        (await parent.GetLatestResultAsync())!.ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
        parent.RetriesLeft.ShouldBe(3);
        await Eventually.BecomesAsync(async () => await run.GetStatusAsync() == JobStatus.Queued, "the one that runs anyway is released");
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        TestJobs.Gate(gate).Open();
        await worker.StopAsync();
    }

    [Theory, OnEachBackend]
    public async Task DEP_9_a_parent_that_is_gone_counts_as_met_when_the_others_end(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job gone = await world.Queue("unserved").EnqueueAsync(s_add), other = await queue.EnqueueAsync(s_add);
        Job both = await queue.EnqueueAsync(s_add, new JobOptions { DependsOn = [gone, other] });
        Job one = await queue.EnqueueAsync(s_add, new JobOptions { DependsOn = [gone] });

        await gone.DeleteAsync();
        await world.RunBurstAsync();

        (await both.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await one.GetStatusAsync()).ShouldBe(JobStatus.Deferred, "deleting a job does not set off those that wait for it");
    }

    [Theory, OnEachBackend]
    public async Task DEP_14_children_are_released_in_the_step_that_finishes_the_parent(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(s_add);
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = [parent] });
        await using Transitions.TransitionClient client = await Transitions.TransitionClient.RegisterAsync(world);
        var taken = await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1));

        (await client.FinishAsync(taken.Executions[0])).ShouldBe(RQ.Redis.Transitions.Verdict.Released);

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([child.Id]);
        (await client.FinishAsync(taken.Executions[0])).ShouldBe(RQ.Redis.Transitions.Verdict.Already);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task DEP_15_a_child_reads_the_results_of_its_parents(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> a = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2)), b = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
        Job<int> sum = await world.Queue().EnqueueAsync(() => MetaJobs.SumOfParentsAsync(null!), new JobOptions { DependsOn = [a, b] });

        await world.RunBurstAsync();

        (await sum.WaitForResultAsync(Eventually.Limit)).ShouldBe(10);
    }

    [Theory, OnEachBackend]
    public async Task DEP_13_and_S032_deferred_jobs_whose_time_is_over_fail_with_the_reason(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await world.Queue("unserved").EnqueueAsync(s_add);
        IReadOnlyList<Job> hurried = await queue.EnqueueManyAsync(
            Enumerable.Range(0, 50).Select(_ => s_add), new JobOptions { DependsOn = [parent], Ttl = TimeSpan.FromSeconds(1) });
        Job patient = await queue.EnqueueAsync(s_add, new JobOptions { DependsOn = [parent] });
        Job grandchild = await queue.EnqueueAsync(s_add, After(hurried[0], UnmetDependency.Cancel));
        hurried[0].Status.ShouldBe(JobStatus.Deferred);

        await Eventually.BecomesAsync(async () =>
        {
            await RQ.Redis.Transitions.Sweep.ExpireDeferredAsync(world.Rq, "default", CancellationToken.None);
            return await hurried[^1].GetStatusAsync() == JobStatus.Failed;
        }, "maintenance has ended them");

        foreach (Job job in hurried)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await hurried[0].GetLatestResultAsync())!.ExceptionText!.ShouldContain("longer than its TTL");
        (await patient.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await grandchild.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task DEP_16_and_GRP_2_a_group_runs_a_dependent_job_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        var group = new Group(world.Rq);
        JobCall count = JobCall.To("RQ.TestSupport.TestJobs.CountRun", key);

        IReadOnlyList<Job> jobs = await group.EnqueueManyAsync(world.Queue(), [
            new JobRequest(count, new JobOptions { Id = "child", DependsOn = ["parent"] }),
            new JobRequest(count, new JobOptions { Id = "parent" })]);

        jobs.Select(job => (job.Id, job.Status, job.Group)).ShouldBe([("child", JobStatus.Deferred, group.Name), ("parent", JobStatus.Queued, group.Name)]);
        await world.RunBurstAsync();
        TestJobs.Runs(key).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task GRP_1_GRP_3_GRP_4_GRP_5_groups_live_as_long_as_their_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await Should.ThrowAsync<GroupNotFoundException>(() => Group.FetchAsync("g", world.Rq));
        var group = new Group(world.Rq, "g");
        IReadOnlyList<Job> jobs = await group.EnqueueManyAsync(world.Queue(), [new JobRequest(s_add), new JobRequest(s_add), new JobRequest(s_add)]);

        (await Group.FetchAsync("g", world.Rq)).ShouldBe(group);
        (await Group.AllAsync(world.Rq)).ShouldBe([group]);
        // In the order of their creation, and they may have been made within the same microsecond.
        (await group.GetJobsAsync()).ShouldBe(jobs, ignoreOrder: true);
        new Group(world.Rq).Name.Length.ShouldBe(32);

        (await group.RemoveJobAsync(jobs[0])).ShouldBeTrue();
        (await group.RemoveJobAsync("none")).ShouldBeFalse();
        (await jobs[0].GetStatusAsync()).ShouldBe(JobStatus.Queued, "it only left the group");
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(jobs[1].Id));
        (await group.GetJobsAsync()).ShouldBe([jobs[2]]);
        (await group.CleanUpAsync()).ShouldBe(1);
        await jobs[2].DeleteAsync();
        world.StartWorker(configure: options => options.MaintenanceInterval = TimeSpan.FromSeconds(1));
        await Eventually.BecomesAsync(async () => (await Group.AllAsync(world.Rq)).Count == 0, "the empty group has vanished");
    }
}
