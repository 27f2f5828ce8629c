using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Executions;
using RQ.Jobs;
using RQ.WorkHorses;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Fuzzing;

/// <summary>The messages between a worker and its work horses: a job may have written to the connection.</summary>
public class FrameFuzzTests
{
    private static readonly Execution s_execution = new(
        "0123456789abcdef0123456789abcdef", "default", "w",
        JobHash.Read("job-1", RedisResult.Create(new RedisValue[] { "data", new byte[] { 1, 2, 3 }, "origin", "default", "timeout", "180" })), DateTimeOffset.UnixEpoch);

    [Fact]
    public void An_outcome_is_read_or_refused() => Run(OutcomeFrame.Read,
        new OutcomeFrame(new Outcome.Finished([1, 2, 3]), false, true, 1234).Write,
        new OutcomeFrame(new Outcome.Finished(null), false, true, 1234).Write,
        new OutcomeFrame(new Outcome.Failed(new Failure("it broke: é\n  at Shop")), true, false, 0).Write,
        new OutcomeFrame(new Outcome.Retried(new Failure("again"), TimeSpan.FromSeconds(7), 2, true), false, false, 0).Write,
        new OutcomeFrame(new Outcome.GivenBack(DateTimeOffset.UnixEpoch), false, false, 0).Write);

    [Fact]
    public void A_task_is_read_or_refused() => Run(reader => HorseTask.Read(reader, "w"), writer => HorseTask.Write(writer, s_execution));

    [Fact]
    public void A_greeting_is_read_or_refused() => Run(HorseHello.Read,
        new HorseHello("w", "given", ["default", "low"], "rq:", ["--password", "x"], LogLevel.Debug, true, true, false, "localhost:6379", null, null).Write);

    [Fact]
    public void Lines_for_the_log_and_notes_of_a_death_are_read_or_refused() => Run(reader =>
        {
            HorseLog.Write(NullLogger.Instance, reader);
            return DeathNote.Read(reader);
        },
        writer =>
        {
            writer.Write(2);
            writer.Write(99);
            writer.Write("name");
            writer.Write("message");
            writer.Write(true);
            writer.Write("trace\nof it");
            DeathNote.Write(writer, new JobTimeoutException("job-1", "too long"));
        });

    private static void Run<T>(Func<BinaryReader, T> read, params Action<BinaryWriter>[] writes) => Fuzz.Run(
        [.. writes.Select(Body)], 50_000, bytes => new HorseFrame(HorseMessage.Ended, new ArraySegment<byte>(bytes)).Read(read), typeof(InvalidDataException));

    private static byte[] Body(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }
}
