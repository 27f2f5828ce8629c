using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Very many jobs that are due at once.</summary>
public class ManyDueTests
{
    private const int Many = 100_000;

    [Fact]
    public async Task SCH_6_a_hundred_thousand_due_jobs_hold_up_neither_the_server_nor_another_queue()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using TestWorld log = await TestWorld.CreateAsync(Backend.Embedded);
        await ScheduleAsync(rq, "big", Many);
        await ScheduleAsync(rq, "small", 1);
        ServerWork before = await ServerWork.OfAsync(server);

        await using (RunningScheduler scheduler = RunningScheduler.Start(rq, log.LogCollector, "big", "small"))
            await Eventually.BecomesAsync(async () => await rq.Database.SortedSetLengthAsync(rq.Keys.Scheduled("big")) == 0, "all are queued", TimeSpan.FromMinutes(3));

        ServerWork work = await ServerWork.OfAsync(server) - before;
        (await rq.Database.ListLengthAsync(rq.Keys.Queue("big"))).ShouldBe(Many);
        // A bite is some commands for each of its jobs.
        work.Commands.ShouldBeLessThan(Many * 8);
        work.CommandsPerScript.ShouldBeLessThan(Promote.Bite * 8);
        work.Scripts.ShouldBeGreaterThanOrEqualTo(Many / Promote.Bite);
        // The small queue had its turn after the first bite of the big one, before the second.
        (await EnqueuedAtAsync(rq, "small", 0)).ShouldBeLessThan(await EnqueuedAtAsync(rq, "big", Promote.Bite));
    }

    private static async Task ScheduleAsync(RqConnection rq, string queue, int count)
    {
        for (int made = 0; made < count; made += 5000)
        {
            IReadOnlyList<Job> jobs = await new Queue(queue, rq).EnqueueManyAsync(
                Enumerable.Repeat(JobCall.To("a"), Math.Min(5000, count - made)), new JobOptions { DueIn = TimeSpan.FromHours(1) });
            await rq.Database.SortedSetAddAsync(rq.Keys.Scheduled(queue), [.. jobs.Select(job => new SortedSetEntry(job.Id, 1_000_000 + made))]);
        }
    }

    private static async Task<DateTimeOffset> EnqueuedAtAsync(RqConnection rq, string queue, int index) =>
        (await Job.FetchAsync((string)(await rq.Database.ListGetByIndexAsync(rq.Keys.Queue(queue), index))!, rq)).EnqueuedAt!.Value;
}
