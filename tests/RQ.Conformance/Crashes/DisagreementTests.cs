using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>Workers are killed and the server is restarted while jobs of many kinds run: afterwards everything agrees, and everything has run.</summary>
public class DisagreementTests
{
    [Fact]
    public async Task S109_statuses_and_registries_agree_after_kills_and_restarts()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        var workers = new List<WorkerProcess>();
        for (int i = 0; i < 3; i++)
            workers.Add(await WorkerProcess.StartAsync(server.Url(), "--concurrency", "8"));
        try
        {
            var jobs = new List<Job>();
            for (int round = 0; round < 6; round++)
            {
                jobs.AddRange(await EnqueueAsync(queue, round));
                // The victim has something in hand.
                await Eventually.BecomesAsync(async () => await queue.Started.CountAsync() > 0 || await queue.IsEmptyAsync(), "jobs run");
                WorkerProcess victim = workers[round % workers.Count];
                victim.Kill();
                await victim.DisposeAsync();
                workers[round % workers.Count] = await WorkerProcess.StartAsync(server.Url(), "--concurrency", "8");
                if (round == 3)
                {
                    server.Kill();
                    await server.StartAsync();
                    await Eventually.BecomesAsync(() => rq.Multiplexer.IsConnected, "this connection is back");
                }
            }

            await Eventually.BecomesAsync(
                async () => await queue.IsEmptyAsync() && await queue.Started.CountAsync() == 0 && await queue.Deferred.CountAsync() == 0, "all have run");

            (await Consistency.ViolationsAsync(rq)).ShouldBeEmpty();
            IReadOnlyList<Job?> ended = await Job.FetchManyAsync(jobs.Select(job => job.Id), rq);
            ended.Where(job => job is null || job.Status is not (JobStatus.Finished or JobStatus.Failed or JobStatus.Canceled))
                .Select(job => job?.ToString() ?? "gone").ShouldBeEmpty();
        }
        finally
        {
            foreach (WorkerProcess worker in workers)
                await worker.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<Job>> EnqueueAsync(Queue queue, int round)
    {
        string key = $"s109-{round}";
        JobCall count = JobCall.To("RQ.TestSupport.ProcessJobs.CountAsync", key), fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");
        var kept = new JobOptions { ResultTtl = TimeSpan.FromHours(1) };
        var jobs = new List<Job>(await queue.EnqueueManyAsync(Enumerable.Range(0, 300).Select(i => (i % 6) switch
        {
            0 => new JobRequest(fail, kept),
            1 => new JobRequest(fail, kept with { Retry = new Retry(2) }),
            2 => new JobRequest(count, kept with { Repeat = new Repeat(1) }),
            3 => new JobRequest(count, kept with { RateLimit = new RateLimit($"k{i % 4}", 3) }),
            _ => new JobRequest(count, kept),
        })));
        jobs.Add(await queue.EnqueueAsync(count, kept with { DependsOn = new Dependency(jobs[0], jobs[4]) { AllowFailure = true } }));
        Job canceled = await queue.EnqueueAsync(count, kept with { DependsOn = [jobs[5]] });
        try
        {
            await canceled.CancelAsync();
        }
        catch (InvalidJobOperationException)
        {
            // It was quicker.
        }

        jobs.Add(canceled);
        return jobs;
    }
}
