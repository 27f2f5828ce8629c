using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>S167: what waiting jobs take of Redis' memory, beside Python RQ's in the same run.</summary>
public class WaitingJobMemoryTests
{
    private const int Jobs = 20_000;
    private const long Mebi = 1024 * 1024;

    private const string PythonProducer = """
        import os
        from redis import Redis
        from rq import Queue
        queue = Queue('default', connection=Redis.from_url(os.environ['RQ_REDIS_URL']))
        for bite in range(20):
            with queue.connection.pipeline() as pipe:
                queue.enqueue_many([Queue.prepare_data('billing.charge', (i, 'short')) for i in range(1000)], pipeline=pipe)
                pipe.execute()
        """;

    [Fact]
    public async Task S167_a_waiting_job_takes_at_most_a_tenth_more_than_pythons_and_nothing_once_it_is_over()
    {
        long pythons = await PythonsAsync();
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        // What there is one of, whatever the number of jobs.
        (await (await RunOneAsync(rq, queue)).GetStatusAsync()).ShouldBe(JobStatus.Finished);
        long before = await UsedAsync(server);

        for (int i = 0; i < Jobs; i += 1000)
            await queue.EnqueueManyAsync(Enumerable.Range(0, 1000).Select(n => JobCall.To("billing.charge", n, "short")));
        long ours = await UsedAsync(server) - before;

        (await queue.CountAsync()).ShouldBe(Jobs);
        ((double)ours / pythons).ShouldBeLessThan(1.1, $"ours {ours / Jobs} bytes a job, Python's {pythons / Jobs}");

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions
        {
            Functions = new JobFunctions().Add("billing.charge", void (int number, string text) => GC.KeepAlive((number, text))), Concurrency = 50, ResultTtl = TimeSpan.FromSeconds(1), MaintenanceInterval = TimeSpan.FromSeconds(1),
        }));
        await Eventually.BecomesAsync(async () => await queue.CountAsync() + await queue.Started.CountAsync() == 0, "all have run");
        await Eventually.BecomesAsync(async () => await queue.Finished.CountAsync() <= 1, "their time is over");
        await Eventually.BecomesAsync(async () => (long)await rq.Database.ExecuteAsync("DBSIZE") < 20, "all have expired");
        // The server gives up the room of its tables little by little.
        await Eventually.BecomesAsync(async () => Math.Abs(await UsedAsync(server) - before) <= 5 * Mebi, "the memory is as before");
    }

    private static async Task<Job> RunOneAsync(RqConnection rq, Queue queue)
    {
        Job job = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), new JobOptions { ResultTtl = TimeSpan.FromHours(1) });
        await new Worker(["default"], rq, new WorkerOptions { Burst = true, Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }).RunAsync(CancellationToken.None).WaitAsync(Eventually.Limit);
        return job;
    }

    private static async Task<long> PythonsAsync()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        long before = await UsedAsync(server);
        await Python.RunAsync(["-c", PythonProducer], "", start => start.Environment["RQ_REDIS_URL"] = server.Url(), CancellationToken.None);
        return await UsedAsync(server) - before;
    }

    private static async Task<long> UsedAsync(RedisServer server)
    {
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        return long.Parse((await admin.GetServers()[0].InfoAsync("memory")).SelectMany(group => group).Single(line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
    }
}
