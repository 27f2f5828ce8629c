using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Executions;

/// <summary>Sends workers what RQ's senders send, byte for byte.</summary>
internal static class Commands
{
    public static Task StopJobAsync(TestWorld world, string worker, string jobId) =>
        SendAsync(world, worker, $$"""{"command": "stop-job", "job_id": "{{jobId}}"}""");

    public static Task StopExecutionAsync(TestWorld world, string worker, string jobId, string executionId) =>
        SendAsync(world, worker, $$"""{"command": "stop-execution", "job_id": "{{jobId}}", "execution_id": "{{executionId}}"}""");

    public static async Task SendAsync(TestWorld world, string worker, RedisValue payload) =>
        await world.Rq.Multiplexer.GetSubscriber().PublishAsync(RedisChannel.Literal(world.Rq.Keys.Commands(worker)), payload);
}
