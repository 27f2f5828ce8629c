using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

public class StoredFormatTests
{
    [Fact]
    public void Pickles_of_every_protocol_are_told_from_json_and_from_other_formats()
    {
        byte[][] pickles = ["(S'f'\nN(I1\ntp0\n."u8.ToArray(), "I1\n."u8.ToArray(), "N."u8.ToArray(), [0x80, 2, (byte)'N', (byte)'.'], [0x80, 5, (byte)'K', 1, (byte)'.']];
        foreach (byte[] pickle in pickles)
        {
            StoredFormat.IsPickle(pickle).ShouldBeTrue();
            StoredFormat.IsJson(pickle).ShouldBeFalse();
        }

        foreach (string json in new[] { "[]", "{}", "[1, 2]", "\"text\"", "true", "null", "-1.5e10", " [1]\n", "0" })
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(json);
            StoredFormat.IsJson(bytes).ShouldBeTrue();
            StoredFormat.IsPickle(bytes).ShouldBeFalse();
        }

        // MessagePack of the four parts of a call, a zstd frame, a mark of one's own, nothing.
        byte[][] others = [[0x94, 0xa1, 0x66, 0xc0, 0x90, 0x80], [0x28, 0xb5, 0x2f, 0xfd, 0], "mine:abc"u8.ToArray(), []];
        foreach (byte[] other in others)
        {
            StoredFormat.IsPickle(other).ShouldBeFalse();
            StoredFormat.IsJson(other).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_serializer_of_ones_own_reads_what_looks_like_neither_unless_it_says_otherwise()
    {
        var own = new Own();
        own.CanRead([0x94, 0xc0]).ShouldBeTrue();
        own.CanRead("[1]"u8).ShouldBeFalse();
        own.CanRead([0x80, 4, (byte)'N', (byte)'.']).ShouldBeFalse();
        JobSerializer.Json.CanRead("[1]"u8).ShouldBeTrue();
        JobSerializer.Pickle.CanRead([0x80, 4, (byte)'N', (byte)'.']).ShouldBeTrue();
    }

    [Theory]
    [InlineData(new byte[] { 0x78, 0xbb, 0, 0, 0, 1, 3, 0 })]
    [InlineData(new byte[] { 0x78, 0x9c, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x78 })]
    public void What_is_no_zlib_or_needs_a_dictionary_is_taken_as_it_is(byte[] bytes) => Compression.Inflate(bytes).ToArray().ShouldBe(bytes);

    private sealed class Own : JobSerializer
    {
        public override string Name => "own";

        public override byte[] Serialize(object? data) => [0x94];

        public override object? Deserialize(ReadOnlyMemory<byte> bytes) => null;
    }
}
