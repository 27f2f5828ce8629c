using RQ.Executions;

namespace RQ.WorkHorses;

/// <summary>How an execution ended, on its way from a work horse. Exceptions stay behind; their texts come along.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="IsDirty">Whether code of the job's still runs that nobody waits for, so that the work horse must not be used again.</param>
/// <param name="IsLeaving">Whether the work horse was told to end and takes no more.</param>
/// <param name="Memory">Its resident memory in bytes; 0 when nobody asks, since to look takes longer than a short job.</param>
internal sealed record OutcomeFrame(Outcome Outcome, bool IsDirty, bool IsLeaving, long Memory)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(IsDirty);
        writer.Write(IsLeaving);
        writer.Write(Memory);
        switch (Outcome)
        {
            case Outcome.Finished finished:
                writer.Write((byte)Kind.Finished);
                writer.Write(finished.Value is not null);
                writer.Write(finished.Value?.Length ?? 0);
                writer.Write(finished.Value ?? []);
                break;
            case Outcome.Failed failed:
                writer.Write((byte)Kind.Failed);
                writer.Write(failed.Failure.Text);
                writer.Write(failed.IsListed);
                break;
            case Outcome.Retried retried:
                writer.Write((byte)Kind.Retried);
                writer.Write(retried.Failure.Text);
                writer.Write(retried.After.Ticks);
                writer.Write(retried.RetriesLeft);
                writer.Write(retried.AtFront);
                break;
            case Outcome.RetriedByItself retried:
                writer.Write((byte)Kind.RetriedByItself);
                writer.Write(retried.After.Ticks);
                writer.Write(retried.NumberOfRetries);
                writer.Write(retried.AtFront);
                break;
            case Outcome.RetriesExceeded exceeded:
                writer.Write((byte)Kind.RetriesExceeded);
                writer.Write(exceeded.Failure.Text);
                break;
            case Outcome.Stopped stopped:
                writer.Write((byte)Kind.Stopped);
                writer.Write(stopped.Failure.Text);
                break;
            case Outcome.GivenBack given:
                writer.Write((byte)Kind.GivenBack);
                writer.Write(given.UnknownSince?.UtcTicks ?? 0);
                break;
        }
    }

    public static OutcomeFrame Read(BinaryReader reader)
    {
        bool isDirty = reader.ReadBoolean(), isLeaving = reader.ReadBoolean();
        long memory = reader.ReadInt64();
        return new OutcomeFrame(ReadOutcome(reader), isDirty, isLeaving, memory);
    }

    private static Outcome ReadOutcome(BinaryReader reader) => (Kind)reader.ReadByte() switch
    {
        Kind.Finished => new Outcome.Finished(reader.ReadBoolean() ? reader.ReadBlock() : null),
        Kind.Failed => new Outcome.Failed(new Failure(reader.ReadString()), reader.ReadBoolean()),
        Kind.Retried => new Outcome.Retried(new Failure(reader.ReadString()), new TimeSpan(reader.ReadInt64()), reader.ReadInt32(), reader.ReadBoolean()),
        Kind.RetriedByItself => new Outcome.RetriedByItself(new TimeSpan(reader.ReadInt64()), reader.ReadInt32(), reader.ReadBoolean()),
        Kind.RetriesExceeded => new Outcome.RetriesExceeded(new Failure(reader.ReadString())),
        Kind.Stopped => new Outcome.Stopped(new Failure(reader.ReadString())),
        Kind.GivenBack => new Outcome.GivenBack(reader.ReadInt64() is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null),
        var unknown => throw new InvalidDataException($"A work horse told of an outcome {unknown}, which does not exist."),
    };

    private enum Kind : byte
    {
        Finished,
        Failed,
        Retried,
        RetriedByItself,
        RetriesExceeded,
        Stopped,
        GivenBack,
    }
}
