using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Results;

public class ResultTests
{
    [Theory, OnEachBackend]
    public async Task S020_whoever_sees_finished_sees_the_result(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int count = 1000;
        var jobs = new List<Job>();
        jobs.AddRange(await world.Queue().EnqueueManyAsync(Enumerable.Range(0, count).Select(i => JobCall.To("RQ.TestSupport.TestJobs.Add", i, 0))));
        world.StartWorker(configure: options => options.Concurrency = 4);

        int mismatches = 0;
        for (int i = 0; i < count; i++)
        {
            Job job = jobs[i];
            // Asked without a pause, so that the moment between the two is hit if there is one.
            using var limit = new CancellationTokenSource(Eventually.Limit);
            while (await job.GetStatusAsync(limit.Token) != JobStatus.Finished)
            {
            }

            JobResult? result = await job.GetLatestResultAsync();
            if (result?.ReturnValue is not long value || value != i)
                mismatches++;
        }

        mismatches.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S022_no_result_a_null_result_and_an_expired_job_are_three_things(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string?> job = await world.Queue().EnqueueAsync(() => TestJobs.ReturnsNull());
        Job<string> during = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        (await job.GetLatestResultAsync()).ShouldBeNull();

        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await during.GetLatestResultAsync()).ShouldBeNull();
        TestJobs.Gate(gate).Open();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBeNull();
        JobResult<string?> result = (await job.GetLatestResultAsync()).ShouldNotBeNull();
        result.Type.ShouldBe(JobResultType.Successful);
        result.Value.ShouldBeNull();
        TimeSpan? ttl = await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.KeyPrefix + "job:" + job.Id);
        ttl.ShouldNotBeNull().TotalSeconds.ShouldBeInRange(400, 500);

        Job<string?> brief = await world.Queue().EnqueueAsync(() => TestJobs.ReturnsNull(), new JobOptions { ResultTtl = TimeSpan.FromSeconds(1) });
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + "job:" + brief.Id), "the job expires");
        await Should.ThrowAsync<JobNotFoundException>(() => brief.GetLatestResultAsync());
    }

    [Theory, OnEachBackend]
    public async Task A_failure_is_kept_with_its_stack_trace(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("kaputt"));
        world.StartWorker();

        var failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));

        failure.Status.ShouldBe(JobStatus.Failed);
        failure.Message.ShouldContain("System.InvalidOperationException: kaputt");
        failure.ExceptionText.ShouldNotBeNull().ShouldContain("at RQ.TestSupport.TestJobs.Fail(String message)");
        (await job.GetLatestResultAsync())!.Type.ShouldBe(JobResultType.Failed);
        TimeSpan? ttl = await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.KeyPrefix + "job:" + job.Id);
        ttl!.Value.TotalDays.ShouldBe(365, 1);
    }

    [Theory, OnEachBackend]
    public async Task Results_are_kept_for_ever_or_not_at_all_as_asked(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job kept = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan });
        Job dropped = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = TimeSpan.Zero });
        await world.RunBurstAsync();

        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.KeyPrefix + "job:" + kept.Id)).ShouldBeNull();
        (await kept.GetLatestResultAsync())!.ReturnValue.ShouldBe(3L);
        double? score = await world.Rq.Database.SortedSetScoreAsync(world.Rq.KeyPrefix + "finished:default", kept.Id);
        score.ShouldBe(double.PositiveInfinity);
        await Should.ThrowAsync<JobNotFoundException>(() => dropped.RefreshAsync());
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.KeyPrefix + "finished:default", dropped.Id)).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task Waiting_ends_with_a_clear_error_when_the_time_is_over(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        var error = await Should.ThrowAsync<TimeoutException>(() => job.WaitForResultAsync(TimeSpan.FromMilliseconds(200)));

        error.Message.ShouldContain("it is queued");
    }

    [Fact]
    public async Task Waiting_looks_once_more_when_the_time_is_over()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        JobStatus? told = null;
        // A cancellation wakes nobody; on a machine that stands still it may come too late.
        for (int tries = 0; tries < 20 && told is null; tries++)
        {
            Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
            Task<JobResult> waiting = job.WaitForResultAsync(TimeSpan.FromMilliseconds(800));
            await job.CancelAsync();
            try
            {
                await waiting;
            }
            catch (JobFailedException exception)
            {
                told = exception.Status;
            }
            catch (TimeoutException)
            {
                // See above.
            }
        }

        told.ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task S133_any_text_survives_as_argument_description_result_and_exception(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] texts = ["失败了", "😀", "\ud800 half", "nul \0 in the middle", "\u202eright to left", "\u0007bell"];
        string queue = "队列";
        foreach (string text in texts)
        {
            Job<object?> echo = await world.Queue(queue).EnqueueAsync(() => TestJobs.Echo(text), new JobOptions { Description = text });
            Job fail = await world.Queue(queue).EnqueueAsync(() => TestJobs.Fail(text), new JobOptions { Description = text });
            await world.RunBurstAsync([queue], options => options.Name = "工人" + Guid.NewGuid());

            string stored = text.Replace('\ud800', '\ufffd');
            (await echo.GetLatestResultAsync())!.ReturnValue.ShouldBe(stored);
            echo.Description.ShouldBe(stored);
            await fail.RefreshAsync();
            fail.Status.ShouldBe(JobStatus.Failed);
            (await fail.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain(stored);
        }
    }
}
