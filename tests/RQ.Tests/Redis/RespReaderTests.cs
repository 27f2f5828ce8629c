using System.Text;
using RQ.Redis;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Redis;

public class RespReaderTests
{
    private const int Mebi = 1024 * 1024;

    private const string Replies = "+OK\r\n:-42\r\n$5\r\nhe\r\nl\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n*4\r\n*2\r\n:1\r\n$2\r\nab\r\n-WRONGTYPE in an array\r\n*0\r\n*1\r\n*1\r\n+deep é\r\n+last\r\n";

    private static readonly string[] s_expected =
        ["OK", "-42", "he\r\nl", "", "null", "null", "[]", "error ERR no", "[[1, ab], error WRONGTYPE in an array, [], [[deep é]]]", "last"];

    [Fact]
    public void Replies_are_the_same_wherever_they_are_split()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Replies);
        for (int split = 0; split <= bytes.Length; split++)
            Read([bytes[..split], bytes[split..]]).ShouldBe(s_expected);
        Read([.. bytes.Select(b => new[] { b })]).ShouldBe(s_expected);
    }

    [Theory]
    [InlineData("$2147483647\r\n")]
    [InlineData("$4294967297\r\nx\r\n")]
    [InlineData("$9999999999999999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$-9223372036854775808\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("*4294967297\r\n")]
    [InlineData("$\r\n")]
    [InlineData("$1x\r\n")]
    [InlineData(":1.5\r\n")]
    [InlineData(":\r\n")]
    [InlineData("$2\r\nabcd")]
    [InlineData("\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("H")]
    [InlineData("%1\r\n+a\r\n+b\r\n")]
    [InlineData("_\r\n")]
    [InlineData("#t\r\n")]
    [InlineData(",1.5\r\n")]
    [InlineData("~1\r\n+a\r\n")]
    [InlineData(">1\r\n+a\r\n")]
    [InlineData("*2\r\n+a\r\n!")]
    public void What_is_not_the_protocol_is_refused(string text) => Should.Throw<IOException>(() => Read([Encoding.UTF8.GetBytes(text)])).Message.ShouldNotBeEmpty();

    [Fact]
    public void Arrays_very_deep_in_each_other_are_refused() =>
        Should.Throw<IOException>(() => Read([Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 1_000_000)))]));

    [Fact]
    public void A_line_without_an_end_is_refused()
    {
        byte[] part = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        Should.Throw<IOException>(() => Read([.. Enumerable.Range(0, 64).Select(i => i == 0 ? [(byte)'-', .. part] : part)]));
    }

    [Theory]
    [InlineData("*2147483591\r\n")]
    [InlineData("*1000000000\r\n*1000000000\r\n*1000000000\r\n")]
    [InlineData("$1073741824\r\n")]
    public void A_claimed_length_takes_no_memory(string text)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Read([Encoding.ASCII.GetBytes(text)]).ShouldBeEmpty();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(Mebi);
    }

    [Fact]
    public void An_array_of_very_many_items_comes_whole_however_slowly()
    {
        const int count = 200_000;
        byte[] bytes = Encoding.ASCII.GetBytes($"*{count}\r\n" + string.Concat(Enumerable.Range(0, count).Select(i => $":{i}\r\n")));
        var reader = new RespReader();
        RedisResult? reply = null;
        long looks = 0;
        for (int at = 0; at < bytes.Length; at += 100, looks++)
            reply = Feed(reader, bytes.AsSpan(at, Math.Min(100, bytes.Length - at))).SingleOrDefault() ?? reply;
        looks.ShouldBeGreaterThan(10_000);
        RedisResult[] items = (RedisResult[])reply!;
        items.Length.ShouldBe(count);
        ((long)items[^1]).ShouldBe(count - 1);
        // All that had come was let go of piece by piece.
        reader.Capacity.ShouldBeLessThan(64 * 1024);
    }

    [Fact]
    public void After_a_large_reply_the_room_for_it_is_let_go_of()
    {
        var reader = new RespReader();
        byte[] large = new byte[8 * Mebi];
        new Random(1).NextBytes(large);

        for (int i = 0; i < 3; i++)
        {
            RedisResult reply = Feed(reader, [.. Encoding.ASCII.GetBytes($"*2\r\n:1\r\n${large.Length}\r\n"), .. large, .. "\r\n"u8]).Single();
            ((byte[]?)reply[1]).ShouldBe(large);
            reader.Capacity.ShouldBeInRange(8 * Mebi, 9 * Mebi);
            Feed(reader, "+small\r\n"u8.ToArray()).Single().ToString().ShouldBe("small");
            reader.Capacity.ShouldBeLessThan(64 * 1024);
        }
    }

    [Fact]
    public void The_end_of_the_connection_is_told() => Should.Throw<IOException>(() => new RespReader().Advance(0)).Message.ShouldContain("closed");

    private static List<string> Read(byte[][] pieces)
    {
        var reader = new RespReader();
        var replies = new List<string>();
        foreach (byte[] piece in pieces)
            replies.AddRange(Feed(reader, piece).Select(Show));
        return replies;
    }

    private static List<RedisResult> Feed(RespReader reader, ReadOnlySpan<byte> bytes)
    {
        var replies = new List<RedisResult>();
        do
        {
            ArraySegment<byte> room = reader.Room();
            room.Count.ShouldBeGreaterThan(0);
            int count = Math.Min(room.Count, bytes.Length);
            if (count == 0)
                break;
            bytes[..count].CopyTo(room);
            bytes = bytes[count..];
            reader.Advance(count);
            while (reader.TryRead(out RedisResult? reply))
                replies.Add(reply);
        }
        while (bytes.Length > 0);
        return replies;
    }

    private static string Show(RedisResult reply) => reply.IsNull ? "null"
        : reply.Resp2Type == ResultType.Error ? $"error {reply}"
        : reply.Length >= 0 ? $"[{string.Join(", ", ((RedisResult[])reply!).Select(Show))}]"
        : reply.ToString()!;
}
