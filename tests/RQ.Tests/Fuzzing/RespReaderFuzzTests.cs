using RQ.Redis;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Fuzzing;

/// <summary>What a server sends, in pieces of any size.</summary>
public class RespReaderFuzzTests
{
    private static readonly byte[][] s_seeds =
    [
        "+OK\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n"u8.ToArray(),
        "*3\r\n*2\r\n:1\r\n$2\r\n\r\n\r\n-ERR in between\r\n*1\r\n*1\r\n+deep\r\n"u8.ToArray(),
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$0\r\n\r\n"u8.ToArray(),
        "*2\r\n$3\r\nrun\r\n*4\r\n+a\r\n:-9223372036854775808\r\n$1\r\nx\r\n-NOSCRIPT none\r\n"u8.ToArray(),
    ];

    [Fact]
    public void Whatever_comes_is_replies_or_not_the_protocol() => Fuzz.Run(s_seeds, 200_000, bytes => ReadAll(bytes, Damage.Chance(bytes.Length)), typeof(IOException));

    private static void ReadAll(byte[] bytes, Random random)
    {
        var reader = new RespReader();
        for (int at = 0; at < bytes.Length;)
        {
            ArraySegment<byte> room = reader.Room();
            int count = Math.Min(Math.Min(random.Next(1, 12), room.Count), bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(room);
            reader.Advance(count);
            at += count;
            while (reader.TryRead(out RedisResult? reply))
                GC.KeepAlive(reply.ToString());
        }
    }
}
