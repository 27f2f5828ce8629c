using RQ.Conformance.Connections;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>A worker with many slots, whose steps settle and take many jobs each, and whose answers are lost.</summary>
public class LargeBatchTests
{
    private const int Slots = 100;
    private const int Jobs = 2000;

    [Fact]
    public async Task Answers_that_are_lost_while_large_batches_end_run_nothing_twice_and_lose_nothing()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0");
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", direct);
        string key = Guid.NewGuid().ToString();
        string GateOf(int job) => $"{key}-{job / Slots}";
        var functions = new JobFunctions();
        functions.Add("batch.wait", async (int number) =>
        {
            TestJobs.CountRun($"{key}-run-{number}");
            await TestJobs.WaitAtGateAsync(GateOf(number), CancellationToken.None);
        });
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, Jobs).Select(number => JobCall.To("batch.wait", number)));
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["default"], options =>
        {
            options.Concurrency = Slots;
            options.Functions = functions;
        });

        for (int batch = 0; batch < Jobs / Slots; batch++)
        {
            await TestJobs.Gate($"{key}-{batch}").HasEnteredAsync();
            bool isCut = batch % 4 == 1;
            long finished = await queue.Finished.CountAsync();
            if (isCut)
                proxy.DropAnswers();
            TestJobs.Gate($"{key}-{batch}").Open();
            if (!isCut)
                continue;
            await Eventually.BecomesAsync(async () => await queue.Finished.CountAsync() > finished, "the server has settled a part of them");
            proxy.Reset();
        }

        await Eventually.BecomesAsync(async () => await queue.Finished.CountAsync() == Jobs, "all have finished");
        Enumerable.Range(0, Jobs).Where(number => TestJobs.Runs($"{key}-run-{number}") != 1).ShouldBeEmpty("each has run once");
        (await Task.WhenAll(jobs.Select(job => job.GetResultsAsync()))).ShouldAllBe(results => results.Count == 1);
        ((long)await direct.Database.HashGetAsync(direct.Keys.Worker(worker.Name), "successful_job_count")).ShouldBe(Jobs, "each is counted once");
        (await Consistency.ViolationsAsync(direct)).ShouldBeEmpty();
        (await worker.StopAsync()).ShouldBe(Jobs);
        (await direct.Database.KeyExistsAsync(direct.Keys.WorkerExecutions(worker.Name))).ShouldBeFalse();
    }
}
