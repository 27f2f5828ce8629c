using Microsoft.Extensions.Logging.Abstractions;
using RQ.Executions;
using RQ.Jobs;
using RQ.Serialization;
using RQ.Workers;
using StackExchange.Redis;

namespace RQ.WorkHorses;

/// <summary>
/// Runs a job of no effect before a work horse says that it is ready. What a first job needs is loaded and compiled then, and no real
/// job waits for that: it takes longer than most jobs do.
/// </summary>
internal static class HorseWarmUp
{
    private const string Function = "rq.warm_up";

    /// <summary>Its call with the argument 1, as Python writes it: to write it here would take as long as all the rest.</summary>
    private static readonly byte[] s_call = Convert.FromHexString("789c6b60992ac100011a3d5c45857ae58945b9f1a50553fcbc195ba7d44e2999a20700967e0a8a");

    /// <summary>Returns when it has run; whatever goes wrong with it goes wrong with a real job too, and is told of there.</summary>
    public static async Task RunAsync(WorkerSetup worker, JobThreads threads)
    {
        try
        {
            // Nothing of the user's is called, no services, no filters, no log; but a serializer of theirs may be asked whether the call is its own.
            WorkerOptions options = new WorkerOptions { Functions = new JobFunctions().Add(Function, Nothing) }.Freeze();
            HorseChannel nowhere = HorseChannel.ToNowhere();
            var reports = new HorseReports(nowhere);
            var setup = new WorkerSetup(worker.Connection, worker.Name, worker.Queues, options, NullLogger.Instance) { Reports = reports };
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var runner = new ExecutionRunner(
                setup,
                (_, outcome) =>
                {
                    nowhere.Send(HorseMessage.Ended, new OutcomeFrame(outcome, reports.IsDirty, IsLeaving: false, Memory: 0).Write);
                    ended.TrySetResult();
                },
                threads);
            var running = new RunningExecution(Sent(worker));
            threads.Post(() => _ = runner.RunAsync(running));
            await ended.Task.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The next job shows what it is.
        }
    }

    /// <summary>The execution as a worker would send it.</summary>
    private static Execution Sent(WorkerSetup worker)
    {
        RedisValue[] fields =
        [
            JobFields.Origin, worker.Queues[0],
            JobFields.Data, DataFor(worker.Connection),
            JobFields.Timeout, 60,
        ];
        JobHash job = JobHash.Read(Function, RedisResult.Create(fields));
        var execution = new Execution(Function, worker.Queues[0], worker.Name, job, worker.Time.GetUtcNow());
        using var frame = new MemoryStream();
        using (var writer = new BinaryWriter(frame, System.Text.Encoding.UTF8, leaveOpen: true))
            HorseTask.Write(writer, execution);
        return new HorseFrame(HorseMessage.Run, frame.ToArray()).Read(reader => HorseTask.Read(reader, worker.Name));
    }

    // Where only signed or encrypted calls are read, this one has to be so too.
    private static byte[] DataFor(RqConnection rq) => rq.Serializers.Required is null
        ? s_call
        : CallData.Serialize(JobCall.To(Function, 1), rq.Serializer, PayloadContext.OfCall(Function, []), out _);

    private static void Nothing(int number)
    {
    }
}
