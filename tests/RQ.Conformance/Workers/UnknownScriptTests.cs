using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>A server that has just started, or was told SCRIPT FLUSH, knows none of our scripts.</summary>
public class UnknownScriptTests
{
    [Fact]
    public async Task A_burst_worker_leaves_nothing_behind_when_the_server_learns_to_settle_only_then()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        // The take is known and the settling is not, as on a new server: the settling is sent twice, the second time behind the take.
        void Forget()
        {
            rq.Database.Execute("SCRIPT", "FLUSH");
            rq.Database.Execute("SCRIPT", "LOAD", Take.Script.Source);
        }

        var functions = new JobFunctions().Add("forget", Forget).Add("nothing", TestJobs.Nothing);
        var queue = new Queue("default", rq);
        await queue.EnqueueAsync(JobCall.To("forget"));
        await queue.EnqueueAsync(JobCall.To("nothing"));

        long count = await new Worker(["default"], rq, new WorkerOptions { Burst = true, Functions = functions }).RunAsync().WaitAsync(Eventually.Limit);

        count.ShouldBe(2);
        (await queue.GetJobIdsAsync()).ShouldBeEmpty();
    }
}
