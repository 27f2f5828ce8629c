using System.Text;

namespace RQ.Serialization;

/// <summary>
/// What is in front of a protected payload: <c>C1 52 51 01</c>, the mode (1 signed, 2 encrypted), flags (1 the payload is compressed with zlib, 2 it is bound to its job),
/// the length of the key's id, and the id in ASCII. It begins like neither zlib, nor a pickle, nor JSON, nor any UTF-8 text.
/// </summary>
/// <param name="Mode">How it is protected.</param>
/// <param name="Flags">What holds of the payload.</param>
/// <param name="KeyId">Which key.</param>
internal readonly record struct Envelope(ProtectionMode Mode, PayloadFlags Flags, string KeyId)
{
    /// <summary>What precedes the key's id.</summary>
    private const int FixedLength = 7;

    private static ReadOnlySpan<byte> Mark => [0xc1, (byte)'R', (byte)'Q', 1];

    public bool IsBound => (Flags & PayloadFlags.Bound) != 0;

    public bool IsCompressed => (Flags & PayloadFlags.Compressed) != 0;

    /// <summary>How many bytes it has.</summary>
    public int Length => FixedLength + KeyId.Length;

    /// <summary>Whether stored bytes begin as one.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Mark);

    public static byte[] Write(ProtectionMode mode, PayloadFlags flags, PayloadKey key) =>
        [.. Mark, (byte)mode, (byte)flags, (byte)key.IdBytes.Length, .. key.IdBytes];

    /// <exception cref="UnreadableDataException">It is none, or cut short.</exception>
    public static Envelope Read(ReadOnlySpan<byte> bytes)
    {
        if (!Is(bytes) || bytes.Length < FixedLength || bytes.Length < FixedLength + bytes[6])
            throw new UnreadableDataException($"The {bytes.Length} bytes begin like signed or encrypted data, but are damaged.");
        var envelope = new Envelope((ProtectionMode)bytes[4], (PayloadFlags)bytes[5], Encoding.ASCII.GetString(bytes.Slice(FixedLength, bytes[6])));
        return envelope is { Mode: ProtectionMode.Signed or ProtectionMode.Encrypted, Flags: <= (PayloadFlags.Compressed | PayloadFlags.Bound) }
            ? envelope
            : throw new UnreadableDataException("The data is protected in a way that this version does not know. Update the reader first, the writer afterwards.");
    }
}

/// <summary>How a payload is protected.</summary>
internal enum ProtectionMode : byte
{
    /// <summary>HMAC-SHA256; the payload can be read by everybody.</summary>
    Signed = 1,

    /// <summary>AES-256-GCM, which also signs.</summary>
    Encrypted = 2,
}

/// <summary>What holds of a protected payload.</summary>
[Flags]
internal enum PayloadFlags : byte
{
    None = 0,

    /// <summary>It is zlib, which is unfolded only after the signature was found to be right.</summary>
    Compressed = 1,

    /// <summary>The signature covers a <see cref="PayloadContext"/>.</summary>
    Bound = 2,
}
