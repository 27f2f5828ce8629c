using RQ.Serialization;

namespace RQ;

/// <summary>
/// How calls, metadata and results are written. Reading needs no choice: what is stored says by its first byte which of the
/// two it is, and a worker answers in the format of the job.
/// </summary>
public abstract class JobSerializer
{
    private protected JobSerializer()
    {
    }

    /// <summary>
    /// Python's pickle, plain data only: Python RQ reads and writes it unless configured otherwise. Nothing in a pickle is
    /// ever executed or instantiated here beyond builtins and a short list of value types.
    /// </summary>
    public static JobSerializer Pickle { get; } = new PickleSerializer();

    /// <summary>JSON, as Python RQ's <c>JSONSerializer</c> writes it: every Python side that reads these jobs must be configured for it.</summary>
    public static JobSerializer Json { get; } = new DataJsonSerializer();

    /// <summary>The name that users write: <c>pickle</c> or <c>json</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Writes data (see <see cref="DataTree"/>) as bytes.</summary>
    internal abstract byte[] Serialize(object? data);

    /// <summary>Reads bytes as data.</summary>
    /// <exception cref="UnreadableDataException">The bytes are not of this format, or hold more than data.</exception>
    internal abstract object? Deserialize(ReadOnlyMemory<byte> bytes);

    /// <summary>The format that the bytes are in. Pickles begin with 0x80, or in the oldest protocols with a letter that no JSON text begins with.</summary>
    internal static JobSerializer Of(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 0 && (bytes[0] is (byte)'[' or (byte)'{' or (byte)'"' or (byte)'t' or (byte)'f' or (byte)'n' or (byte)'-' or (byte)' '
            || char.IsAsciiDigit((char)bytes[0]))
            ? Json
            : Pickle;
}
