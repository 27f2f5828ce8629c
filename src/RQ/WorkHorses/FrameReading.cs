namespace RQ.WorkHorses;

/// <summary>Reads from a frame what says how long it is, without believing it.</summary>
internal static class FrameReading
{
    /// <summary>A number of things that take a byte or more each.</summary>
    /// <exception cref="InvalidDataException">So many cannot follow.</exception>
    public static int ReadCount(this BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position
            ? count
            : throw new InvalidDataException($"{count} things are said to follow, in {reader.BaseStream.Length - reader.BaseStream.Position} bytes.");
    }

    /// <summary>Bytes behind their number.</summary>
    /// <exception cref="InvalidDataException">So many do not follow.</exception>
    public static byte[] ReadBlock(this BinaryReader reader) => reader.ReadBytes(reader.ReadCount());
}
