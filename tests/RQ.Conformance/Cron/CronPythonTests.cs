using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Python beside our schedules.</summary>
public class CronPythonTests
{
    [Fact]
    public async Task Python_keeps_and_runs_the_jobs_of_schedules()
    {
        await using CronWorld world = await CronWorld.CreateAsync(Backend.Redis, "2026-03-02 00:00:30");
        PythonSide python = await PythonSide.InAsync(world.World);
        await world.Cron.AddOrUpdateAsync(new CronSchedule { Name = "python", Call = JobCall.To("operator.add", 1, 2), Cron = "1 0 * * *" });
        await world.Cron.AddOrUpdateAsync(new CronSchedule { Name = "fails", Call = JobCall.To("operator.truediv", 1, 0), Cron = "1 0 * * *" });
        CronDuty duty = world.Duty();
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:01:10"));
        string id = (await world.EntryAsync("python")).LastJobId!;

        await python.RunAsync($$"""
            def ours(): return redis.hmget('rq:job:{{id}}', 'cron_name', 'cron_due')
            before = ours()
            assert all(before), before
            fetch('{{id}}').save()
            from rq import Queue, Worker, SimpleWorker
            assert [queue.name for queue in Queue.all(connection=redis)] == ['default'], Queue.all(connection=redis)
            assert Worker.all(connection=redis) == []
            SimpleWorker(['default'], connection=redis).work(burst=True)
            assert ours() == before
            assert fetch('{{id}}').latest_result().return_value == 3
            """);

        (await world.Cron.ListAsync()).Select(entry => (entry.Name, entry.LastOutcome)).ShouldBe([("fails", JobStatus.Failed), ("python", JobStatus.Finished)]);
        world.Now = CronWorld.At("2026-03-03 00:01:10");
        await CronWorld.RunAsync(duty);
        (await world.TimesAsync("python")).ShouldBe([CronWorld.At("2026-03-03 00:01")], "Python has left the schedules alone");
    }
}
