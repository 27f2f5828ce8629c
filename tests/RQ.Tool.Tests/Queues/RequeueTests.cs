using StackExchange.Redis;

namespace RQ.Tool.Tests.Queues;

/// <summary>CLI_4: <c>rq requeue</c>.</summary>
public class RequeueTests
{
    [Fact]
    public async Task Named_jobs_go_back_to_their_queue_CLI_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job[] failed = await FailAsync(world, "low", 3);

        (await RqProcess.RunAsync("requeue", "-u", world.Url, "--queue", "low", failed[0].Id, failed[2].Id, failed[0].Id)).ShouldBe(
            new RqExit(0, "Requeueing 2 jobs from failed queue\n", ""));

        (await world.Queue("low").GetJobIdsAsync()).ShouldBe([failed[0].Id, failed[2].Id]);
        (await world.Queue("low").Failed.GetJobIdsAsync()).ShouldBe([failed[1].Id]);
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_told_and_does_not_hold_up_the_others_CLI_4_S140()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job[] failed = await FailAsync(world, "low", 1);
        Job waits = await world.Queue("low").EnqueueAsync(() => TestJobs.Nothing());

        RqExit exit = await RqProcess.RunAsync("requeue", "-u", world.Url, "--queue", "low", "gone", waits.Id, failed[0].Id);

        exit.Code.ShouldBe(1);
        exit.Output.ShouldBe("Requeueing 3 jobs from failed queue\nUnable to requeue 2 jobs from failed job registry\n");
        exit.ErrorLines.ShouldBe(
        [
            "rq: Job 'gone' is not in the failed registry of queue 'low': there is no such job.",
            $"rq: Job '{waits.Id}' is not in the failed registry of queue 'low': it is queued.",
        ]);
        (await failed[0].GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory]
    [InlineData(0, "-a")]
    [InlineData(1, "--all", "--strict")]
    public async Task All_passes_over_those_that_are_gone_CLI_4_S140(int code, params string[] options)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job[] failed = await FailAsync(world, "low", 1);
        IDatabase database = world.Database();
        // As after a year, or after somebody else's DEL: entries without a job, among many with one, and one whose job is of another queue.
        await database.SortedSetAddAsync("rq:failed:low", [.. Enumerable.Range(0, 50).Select(i => new SortedSetEntry($"gone-{i}", i * 100))]);
        await Task.WhenAll(Enumerable.Range(0, 4_949).Select(async i =>
        {
            await database.HashSetAsync(
                $"rq:job:more-{i}", [new("status", "failed"), new("origin", i == 0 ? "other" : "low"), new("data", "x"), new("created_at", "2026-01-01T00:00:00Z")]);
            await database.SortedSetAddAsync("rq:failed:low", $"more-{i}", i);
        }));

        await using RqProcess requeueing = RqProcess.Start(["requeue", "-u", world.Url, "--queue", "low", .. options]);
        // It has counted them and begins now.
        await requeueing.LineAsync("Requeueing");
        try
        {
            await failed[0].RequeueAsync();
        }
        catch (InvalidJobOperationException)
        {
            // It was faster.
        }

        RqExit exit = await requeueing.ExitAsync();

        exit.Code.ShouldBe(code, exit.Errors);
        exit.OutputLines.Length.ShouldBe(2);
        exit.OutputLines[0].ShouldBe("Requeueing 5000 jobs from failed queue");
        exit.OutputLines[1].ShouldBeOneOf("Unable to requeue 51 jobs from failed job registry", "Unable to requeue 52 jobs from failed job registry");
        IReadOnlyList<string> queued = await world.Queue("low").GetJobIdsAsync();
        queued.Count.ShouldBe(4_949);
        queued.Distinct().Count().ShouldBe(4_949, "none is there twice");
        ((string?)await database.HashGetAsync("rq:job:more-0", "status")).ShouldBe("failed", "it is of another queue and passed over");
        (await world.Queue("low").Failed.GetJobIdsAsync()).ShouldBe(["more-0"], "the entries of those that are gone have left it");
    }

    [Fact]
    public async Task Without_jobs_there_is_nothing_to_do_CLI_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        (await RqProcess.RunAsync("requeue", "-u", world.Url, "--queue", "low")).ShouldBe(new RqExit(0, "Nothing to do\n", ""));
        (await RqProcess.RunAsync("requeue", "-u", world.Url, "--queue", "low", "--all")).ShouldBe(new RqExit(0, "Nothing to do\n", ""));
        (await RqProcess.RunAsync("requeue", "-u", world.Url, "an-id")).Errors.ShouldContain("--queue is missing");
    }

    private static async Task<Job[]> FailAsync(TestWorld world, string queue, int count)
    {
        var jobs = new List<Job>();
        for (int i = 0; i < count; i++)
            jobs.Add(await world.Queue(queue).EnqueueAsync(() => TestJobs.Fail("no")));
        await world.RunBurstAsync([queue]);
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        return [.. jobs];
    }
}
