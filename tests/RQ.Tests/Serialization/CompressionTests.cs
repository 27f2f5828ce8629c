using System.Text;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

public class CompressionTests
{
    [Theory]
    [InlineData("short", true)]
    [InlineData("[\"billing.send\", null, [1], {}]", true)]
    // As zlib would begin: it would be taken for that.
    [InlineData("x short", false)]
    [InlineData("Hello", false)]
    public void What_is_short_stays_as_it_is_unless_it_could_be_taken_for_zlib(string text, bool stays) => Check(Encoding.UTF8.GetBytes(text), stays);

    [Fact]
    public void What_is_longer_is_compressed_unless_that_makes_it_no_shorter()
    {
        byte[] random = new byte[200];
        new Random(1).NextBytes(random);
        random[0] = 0x80;
        Check(random, stays: true);
        Check(Encoding.UTF8.GetBytes(new string('a', 200)), stays: false);
        Check(Compression.Deflate(random), stays: false);
    }

    private static void Check(byte[] bytes, bool stays)
    {
        byte[] stored = Compression.Compact(bytes);
        ReferenceEquals(stored, bytes).ShouldBe(stays);
        Compression.Inflate(stored).ToArray().ShouldBe(bytes);
    }
}
