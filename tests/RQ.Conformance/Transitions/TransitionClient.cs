using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Transitions;

/// <summary>A registered worker that does only what a test tells it, transition by transition.</summary>
internal sealed class TransitionClient : IAsyncDisposable
{
    private readonly string[] _queues;
    private readonly TestWorld _world;

    private TransitionClient(TestWorld world, string[] queues)
    {
        _world = world;
        _queues = queues;
    }

    public string Name { get; } = Guid.NewGuid().ToString("N");

    public static async Task<TransitionClient> RegisterAsync(TestWorld world, params string[] queues)
    {
        var client = new TransitionClient(world, queues.Length > 0 ? queues : ["default"]);
        (await WorkerRecord.RegisterAsync(world.Rq, client.Name, client.Name, client._queues, ["birth", RqTime.Timestamp(DateTimeOffset.UtcNow)])).ShouldBe(WorkerRecord.Birth.Ok);
        return client;
    }

    public async Task<Take.Answer> TakeAsync(int slots, string[] executionIds) =>
        Take.Read(_world.Rq, Name, _queues, await _world.Rq.ExecuteAsync(Take.Call(_world.Rq, Name, Name, TakeOrder.Strict(_queues), slots, executionIds)));

    public async Task<Verdict> FinishAsync(Execution execution, IScriptCaller? caller = null)
    {
        execution.EndedAt = DateTimeOffset.UtcNow;
        return (await Finish.ExecuteAsync(_world.Rq, caller ?? _world.Rq, Name, null, [new EndedExecution(execution, new Outcome.Finished(null))], TimeSpan.FromSeconds(500))).Single();
    }

    public async Task<Verdict> FailAsync(Execution execution, IScriptCaller? caller = null)
    {
        execution.EndedAt = DateTimeOffset.UtcNow;
        Outcome outcome = RetryPolicy.AfterFailure(execution.Job, new Failure("failed"));
        return (await Fail.ExecuteAsync(_world.Rq, caller ?? _world.Rq, Name, null, [new EndedExecution(execution, outcome)])).Single();
    }

    public async ValueTask DisposeAsync() => await WorkerRecord.UnregisterAsync(_world.Rq, Name, _queues, Name);
}
