namespace RQ.WorkHorses;

/// <summary>Why an execution ended with its process, on its way to the work horse that tells the callbacks.</summary>
internal static class DeathNote
{
    /// <param name="writer">The frame.</param>
    /// <param name="exception">Why; <c>null</c> when somebody stopped the job.</param>
    public static void Write(BinaryWriter writer, Exception? exception)
    {
        switch (exception)
        {
            case null:
                writer.Write((byte)Kind.Stopped);
                break;
            case JobTimeoutException timeout:
                writer.Write((byte)Kind.Timeout);
                writer.Write(timeout.JobId);
                writer.Write(timeout.Message);
                break;
            default:
                writer.Write((byte)Kind.Terminated);
                writer.Write(exception.Message);
                break;
        }
    }

    public static Exception? Read(BinaryReader reader) => (Kind)reader.ReadByte() switch
    {
        Kind.Stopped => null,
        Kind.Timeout => new JobTimeoutException(reader.ReadString(), reader.ReadString()),
        _ => new WorkHorseTerminatedException(reader.ReadString()),
    };

    private enum Kind : byte
    {
        Stopped,
        Timeout,
        Terminated,
    }
}
