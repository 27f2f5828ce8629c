using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Cancel, delete, requeue: what clients do to jobs, in whatever state they are.</summary>
public class CancelTests
{
    [Theory, OnEachBackend]
    public async Task JOB_9_a_canceled_job_does_not_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key));

        await job.CancelAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        (await world.Queue().CountAsync()).ShouldBe(0);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Canceled("default"), job.Id)).ShouldNotBeNull();
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id)))!.Value.TotalDays.ShouldBeInRange(364.9, 365);
        (await Should.ThrowAsync<InvalidJobOperationException>(() => job.CancelAsync())).Message.ShouldContain("canceled already");
        await world.RunBurstAsync();
        TestJobs.Runs(key).ShouldBe(0);
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
    }

    [Theory, OnEachBackend]
    public async Task JOB_9_canceling_what_has_ended_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> finished = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        await world.RunBurstAsync();

        (await Should.ThrowAsync<InvalidJobOperationException>(() => finished.CancelAsync())).Status.ShouldBe(JobStatus.Finished);
        (await Should.ThrowAsync<InvalidJobOperationException>(() => failed.CancelAsync())).Status.ShouldBe(JobStatus.Failed);
        Job gone = await world.Queue().EnqueueAsync(JobCall.To("a"));
        (await gone.DeleteAsync()).ShouldBeTrue();
        await Should.ThrowAsync<JobNotFoundException>(() => gone.CancelAsync());
    }

    [Theory, OnEachBackend]
    public async Task JOB_9_the_outcome_of_a_canceled_run_is_dropped(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        RunningWorker worker = world.StartWorker();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        Job child = await world.Queue("other").EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [job] });
        await TestJobs.Gate(gate).HasEnteredAsync();

        await job.CancelAsync();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        TestJobs.Gate(gate).Open();
        await worker.StopAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        (await job.GetResultsAsync()).ShouldBeEmpty();
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Finished("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S031_canceled_jobs_do_not_pile_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 300).Select(_ => JobCall.To("a")));
        foreach (Job job in jobs)
            await job.CancelAsync(ttl: TimeSpan.FromSeconds(1));
        string registry = world.Rq.Keys.Canceled("default");
        (await world.Rq.Database.SortedSetLengthAsync(registry)).ShouldBe(300);

        await Eventually.BecomesAsync(async () => !await Job.ExistsAsync(jobs[^1].Id, world.Rq), "the jobs have expired");
        await world.RunBurstAsync();
        world.StartWorker();

        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetLengthAsync(registry) == 0, "maintenance has cleaned up");
    }

    [Theory, OnEachBackend]
    public async Task S083_children_of_a_canceled_parent(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        string list = Guid.NewGuid().ToString();
        async Task<Job[]> ChainAsync(string name)
        {
            Job a = await queue.EnqueueAsync(() => TestJobs.Note(list, name + "A"));
            Job b = await queue.EnqueueAsync(() => TestJobs.Note(list, name + "B"), new JobOptions { DependsOn = [a] });
            Job c = await queue.EnqueueAsync(() => TestJobs.Note(list, name + "C"), new JobOptions { DependsOn = [b] });
            return [a, b, c];
        }

        Job[] waits = await ChainAsync("1"), released = await ChainAsync("2");
        await waits[0].CancelAsync();
        await released[0].CancelAsync(enqueueDependents: true);
        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["2B", "2C"]);
        (await waits[1].GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await released[0].GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task DEP_6_and_DEP_10_release_by_cancel_heeds_other_parents_and_canceled_children(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job a = await queue.EnqueueAsync(() => TestJobs.Add(1, 1)), b = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
        Job both = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [a, b] });
        Job canceled = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [a] });
        await canceled.CancelAsync();

        await a.CancelAsync(enqueueDependents: true);

        (await both.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await canceled.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        await world.RunBurstAsync();
        (await b.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task JOB_11_deleting_removes_every_trace(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Id = "parent", Group = "g" });
        Job child = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Id = "child", DependsOn = [parent] });
        Job failed = await world.Queue("f").EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "failed" });
        Job finished = await world.Queue("f").EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Id = "finished" });
        await world.RunBurstAsync(["f"]);
        Job later = await queue.EnqueueInAsync(TimeSpan.FromHours(1), JobCall.To("a"), new JobOptions { Id = "later" });

        foreach (Job job in new[] { child, parent, failed, finished, later })
        {
            (await job.DeleteAsync()).ShouldBeTrue();
            (await job.DeleteAsync()).ShouldBeFalse();
        }

        foreach (string id in new[] { "parent", "child", "failed", "finished", "later" })
        {
            foreach (string key in new[] { world.Rq.Keys.Job(id), world.Rq.Keys.Results(id), world.Rq.Keys.Dependents(id), world.Rq.Keys.Dependencies(id) })
                (await world.Rq.Database.KeyExistsAsync(key)).ShouldBeFalse(key);
        }

        foreach (string registry in new[] { world.Rq.Keys.Failed("f"), world.Rq.Keys.Finished("f"), world.Rq.Keys.Deferred("default"), world.Rq.Keys.Scheduled("default") })
            (await world.Rq.Database.KeyExistsAsync(registry)).ShouldBeFalse(registry);
        (await queue.CountAsync()).ShouldBe(0);
        (await Group.AllAsync(world.Rq)).Count.ShouldBeLessThanOrEqualTo(1);
        await new Group(world.Rq, "g").CleanUpAsync();
        await Should.ThrowAsync<GroupNotFoundException>(() => Group.FetchAsync("g", world.Rq));
    }

    [Theory, OnEachBackend]
    public async Task JOB_11_a_job_deleted_while_it_runs_stays_deleted(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        RunningWorker worker = world.StartWorker();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();

        await job.DeleteAsync();
        TestJobs.Gate(gate).Open();
        await worker.StopAsync();

        (await Job.ExistsAsync(job.Id, world.Rq)).ShouldBeFalse();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Results(job.Id))).ShouldBeFalse();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Finished("default"))).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task JOB_12_and_JOB_15_dependents(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
        Job other = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
        Job first = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [parent, other] });
        Job second = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [parent] });

        (await parent.GetDependentsAsync()).ShouldBe([first, second]);
        (await parent.GetDependentIdsAsync()).ShouldBe([first.Id, second.Id], ignoreOrder: true);
        first.DependencyIds.ShouldBe([parent.Id, other.Id]);
        (await first.GetDependenciesAsync()).ShouldBe([parent, other]);
        (await first.AreDependenciesMetAsync()).ShouldBeFalse();

        (await parent.DeleteDependentsAsync()).ShouldBe(2);
        (await Job.ExistsAsync(first.Id, world.Rq)).ShouldBeFalse();
        (await other.GetDependentIdsAsync()).ShouldBeEmpty();

        Job third = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [parent] });
        (await parent.DeleteAsync(deleteDependents: true)).ShouldBeTrue();
        (await Job.ExistsAsync(third.Id, world.Rq)).ShouldBeFalse();
        (await first.AreDependenciesMetAsync()).ShouldBeFalse("the other one waits");
        await world.RunBurstAsync();
        (await first.AreDependenciesMetAsync()).ShouldBeTrue("one finished, one is gone");
    }

    [Theory, OnEachBackend]
    public async Task JOB_10_requeueing_runs_a_failed_job_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "x"));
        await world.RunBurstAsync();
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull();

        await job.RequeueAsync();

        job.Status.ShouldBe(JobStatus.Queued);
        job.StartedAt.ShouldBeNull();
        job.EndedAt.ShouldBeNull();
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull("requeue takes the failure's TTL off");
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Failed("default"))).ShouldBe(0);
        (await Should.ThrowAsync<InvalidJobOperationException>(() => job.RequeueAsync())).Status.ShouldBe(JobStatus.Queued);
        await world.RunBurstAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        if (backend == Backend.Redis)
            (await job.GetResultsAsync()).Count.ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task S161_ten_clients_requeue_the_same_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(
            Enumerable.Range(0, 100).Select(_ => JobCall.To("RQ.TestSupport.TestJobs.Fail", "no")));
        await world.RunBurstAsync(configure: options => options.Concurrency = 20);

        int done = 0, refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => jobs).Select(async job =>
        {
            try
            {
                await (await Job.FetchAsync(job.Id, world.Rq)).RequeueAsync();
                Interlocked.Increment(ref done);
            }
            catch (InvalidJobOperationException)
            {
                Interlocked.Increment(ref refused);
            }
        }));

        (done, refused).ShouldBe((100, 900));
        (await world.Queue().GetJobIdsAsync()).Order().ShouldBe(jobs.Select(job => job.Id).Order());
    }

    [Theory, OnEachBackend]
    public async Task S092_stopping_what_does_not_run_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job finished = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
        await world.RunBurstAsync();
        Job queued = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
        Job deferred = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = [queued] });
        Job scheduled = await queue.EnqueueInAsync(TimeSpan.FromHours(1), JobCall.To("a"));

        foreach ((Job job, JobStatus status) in new[] { (finished, JobStatus.Finished), (queued, JobStatus.Queued), (deferred, JobStatus.Deferred), (scheduled, JobStatus.Scheduled) })
        {
            InvalidJobOperationException refusal = await Should.ThrowAsync<InvalidJobOperationException>(() => job.StopAsync());
            refusal.Message.ShouldContain("not currently executing");
            refusal.Status.ShouldBe(status);
            (await job.GetStatusAsync()).ShouldBe(status);
            if (job != finished)
                await job.CancelAsync();
        }
    }
}
