using System.Globalization;
using System.Security.Cryptography;

namespace RQ.Redis;

/// <summary>Random texts: ids of jobs, and what tells one call from all others, so that it can be sent again.</summary>
internal static class Tokens
{
    /// <summary>Asking the system for chance costs more than making an id of it, so it is asked for some at a time.</summary>
    private const int Reserve = 2048;

    [ThreadStatic]
    private static byte[]? t_random;

    [ThreadStatic]
    private static int t_left;

    public static string New() => Convert.ToBase64String(Random(9));

    /// <summary>An id as RQ makes them: a UUID of version 4, in lower case, with dashes.</summary>
    public static string NewJobId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random(16).CopyTo(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }

    private static ReadOnlySpan<byte> Random(int count)
    {
        byte[] random = t_random ??= new byte[Reserve];
        if (t_left < count)
        {
            RandomNumberGenerator.Fill(random);
            t_left = Reserve;
        }

        t_left -= count;
        return random.AsSpan(t_left, count);
    }
}
