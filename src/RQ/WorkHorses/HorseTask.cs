using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;

namespace RQ.WorkHorses;

/// <summary>An execution on its way to a work horse.</summary>
internal static class HorseTask
{
    public static void Write(BinaryWriter writer, Execution execution)
    {
        writer.Write(execution.Id);
        writer.Write(execution.Queue);
        writer.Write(execution.CreatedAt.UtcTicks);
        writer.Write(execution.JobId);
        execution.Job.Write(writer);
    }

    public static Execution Read(BinaryReader reader, string worker)
    {
        string id = reader.ReadString(), queue = reader.ReadString();
        var createdAt = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero);
        return new Execution(id, queue, worker, JobHash.Read(reader.ReadString(), reader), createdAt);
    }
}
