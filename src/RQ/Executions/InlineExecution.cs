using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Runs an execution without a worker, in the process and on the thread of the caller: functions, filters, callbacks, handlers and
/// time limit are as in a worker. The caller stores the outcome.
/// </summary>
internal static class InlineExecution
{
    /// <summary>RQ's name for the worker that is none.</summary>
    public const string WorkerName = "sync";

    /// <summary>Runs it. A function that blocks, and does not heed its token, is waited for to its end.</summary>
    /// <returns>How it ended; that a retry is left is said as in a worker.</returns>
    public static async Task<Outcome> RunAsync(RqConnection connection, WorkerOptions options, RunningExecution running)
    {
        Execution execution = running.Execution;
        WorkerSetup setup = SetUp(connection, options, execution);
        var ended = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new ExecutionRunner(setup, (_, outcome) =>
        {
            execution.EndedAt = setup.Time.GetUtcNow();
            ended.TrySetResult(outcome);
        });
        _ = runner.RunAsync(running);
        Outcome how = await ended.Task.ConfigureAwait(false);
        setup.Deadlines.Dispose();
        return how;
    }

    /// <summary>Keeps it alive until the outcome is stored, when the caller disposes of what is returned.</summary>
    public static CallerHeartbeat KeepAlive(RqConnection connection, WorkerOptions options, RunningExecution running) =>
        new(SetUp(connection, options, running.Execution), running);

    /// <summary>Sends the job's webhooks after its outcome was stored, and waits until they are sent or failed.</summary>
    public static async Task SendWebhooksAsync(RqConnection connection, WorkerOptions options, Execution execution, Outcome outcome)
    {
        WorkerSetup setup = SetUp(connection, options, execution);
        setup.Webhooks.Send(execution, outcome);
        await setup.Webhooks.CompleteAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static WorkerSetup SetUp(RqConnection connection, WorkerOptions options, Execution execution)
    {
        WorkerOptions frozen = options.Freeze();
        return new WorkerSetup(
            connection, WorkerName, [execution.Queue], frozen, frozen.LoggerFactory?.CreateLogger("rq.worker") ?? (ILogger)NullLogger.Instance);
    }
}
