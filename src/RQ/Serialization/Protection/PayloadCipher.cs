using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RQ.Serialization;

/// <summary>
/// Puts a payload behind an <see cref="Envelope"/>, and takes it out again only when nothing of it was changed.
/// Signed: payload, then HMAC-SHA256 over envelope, length of the context (4 bytes, little endian), context, payload.
/// Encrypted: 16 bytes of salt, 12 of nonce, the payload in AES-256-GCM, its tag of 16 bytes. The key is HMAC-SHA256 of the salt, so that each payload has a key of its
/// own and the nonces of a busy system do not run out; envelope, salt and context are associated data.
/// </summary>
internal static class PayloadCipher
{
    private const int MacLength = HMACSHA256.HashSizeInBytes;
    private const int SaltLength = 16;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <param name="mode">How.</param>
    /// <param name="key">With which key.</param>
    /// <param name="payload">What is protected.</param>
    /// <param name="flags">What is said of it.</param>
    /// <param name="context">Where it belongs; empty for anywhere.</param>
    /// <param name="isRepeatable">
    /// Whether the same payload in the same place becomes the same bytes. That tells whoever compares that it is the same, and nothing else: salt and nonce are drawn from
    /// payload and context then.
    /// </param>
    public static byte[] Seal(ProtectionMode mode, PayloadKey key, ReadOnlySpan<byte> payload, PayloadFlags flags, byte[] context, bool isRepeatable)
    {
        byte[] envelope = Envelope.Write(mode, flags, key);
        if (mode == ProtectionMode.Signed)
        {
            byte[] signed = new byte[envelope.Length + payload.Length + MacLength];
            envelope.CopyTo(signed, 0);
            payload.CopyTo(signed.AsSpan(envelope.Length));
            Sign(key, envelope, context, payload, signed.AsSpan(signed.Length - MacLength));
            return signed;
        }

        byte[] sealedBytes = new byte[envelope.Length + SaltLength + NonceLength + payload.Length + TagLength];
        envelope.CopyTo(sealedBytes, 0);
        Span<byte> rest = sealedBytes.AsSpan(envelope.Length);
        if (isRepeatable)
            Draw(key, envelope, context, payload, rest[..(SaltLength + NonceLength)]);
        else
            RandomNumberGenerator.Fill(rest[..(SaltLength + NonceLength)]);
        using AesGcm cipher = CipherOf(key, rest[..SaltLength]);
        cipher.Encrypt(
            rest.Slice(SaltLength, NonceLength), payload, rest.Slice(SaltLength + NonceLength, payload.Length), rest[^TagLength..],
            Associated(sealedBytes.AsSpan(0, envelope.Length + SaltLength), context));
        return sealedBytes;
    }

    /// <returns>The payload; <c>null</c> when it was changed, was written with another key, or for another place.</returns>
    public static byte[]? Open(Envelope envelope, PayloadKey key, ReadOnlySpan<byte> bytes, byte[] context)
    {
        ReadOnlySpan<byte> body = bytes[envelope.Length..];
        if (envelope.Mode == ProtectionMode.Signed)
        {
            if (body.Length < MacLength)
                return null;
            ReadOnlySpan<byte> payload = body[..^MacLength];
            Span<byte> mac = stackalloc byte[MacLength];
            Sign(key, bytes[..envelope.Length], context, payload, mac);
            return CryptographicOperations.FixedTimeEquals(mac, body[^MacLength..]) ? payload.ToArray() : null;
        }

        int length = body.Length - SaltLength - NonceLength - TagLength;
        if (length < 0)
            return null;
        byte[] opened = new byte[length];
        using AesGcm cipher = CipherOf(key, body[..SaltLength]);
        try
        {
            cipher.Decrypt(
                body.Slice(SaltLength, NonceLength), body.Slice(SaltLength + NonceLength, length), body[^TagLength..], opened,
                Associated(bytes[..(envelope.Length + SaltLength)], context));
            return opened;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static void Sign(PayloadKey key, ReadOnlySpan<byte> envelope, byte[] context, ReadOnlySpan<byte> payload, Span<byte> mac) => Mac(key.Signing, envelope, context, payload, mac);

    private static void Draw(PayloadKey key, ReadOnlySpan<byte> envelope, byte[] context, ReadOnlySpan<byte> payload, Span<byte> drawn)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        Mac(key.Drawing, envelope, context, payload, mac);
        mac[..drawn.Length].CopyTo(drawn);
    }

    private static void Mac(byte[] key, ReadOnlySpan<byte> envelope, byte[] context, ReadOnlySpan<byte> payload, Span<byte> mac)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, context.Length);
        hash.AppendData(envelope);
        hash.AppendData(length);
        hash.AppendData(context);
        hash.AppendData(payload);
        hash.GetHashAndReset(mac);
    }

    private static AesGcm CipherOf(PayloadKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> own = stackalloc byte[MacLength];
        HMACSHA256.HashData(key.Encrypting, salt, own);
        return new AesGcm(own, TagLength);
    }

    // Envelope and salt say themselves how long they are.
    private static byte[] Associated(ReadOnlySpan<byte> head, byte[] context)
    {
        byte[] all = new byte[head.Length + context.Length];
        head.CopyTo(all);
        context.CopyTo(all, head.Length);
        return all;
    }
}
