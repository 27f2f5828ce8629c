using System.Numerics;
using System.Text;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>JSON as Python's module reads and writes it.</summary>
public class JsonDataTests
{
    [Fact]
    public void The_words_of_pythons_json_are_read()
    {
        ShownValue.Of(Read("""[NaN, -Infinity, Infinity, "NaN \" Infinity", {"NaN": [NaN,NaN]}, -1]"""))
            .ShouldBe("[NaN, -Infinity, Infinity, 'NaN \" Infinity', {'NaN': [NaN, NaN]}, -1]");
        foreach (double word in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            byte[] bytes = JobSerializer.Json.Serialize(word);
            JobSerializer.Of(bytes).ShouldBe(JobSerializer.Json);
            JobSerializer.Json.CanRead(bytes).ShouldBeTrue();
            JobSerializer.Pickle.CanRead(bytes).ShouldBeFalse();
            JobSerializer.Json.Deserialize(bytes).ShouldBe(word);
        }
    }

    [Theory]
    [InlineData("\u0001rq-number:NaN")]
    [InlineData("NaN")]
    [InlineData("0.0")]
    public void A_text_is_never_taken_for_such_a_word(string text)
    {
        Read(Encoding.UTF8.GetString(JobSerializer.Json.Serialize(new List<object?> { text, double.NaN, 0.0 }))).ShouldBe(new List<object?> { text, double.NaN, 0.0 });
        Read(Encoding.UTF8.GetString(JobSerializer.Json.Serialize(text))).ShouldBe(text);
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-0", 0L)]
    [InlineData("1.0", 1.0)]
    [InlineData("1e2", 100.0)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData("-1E400", double.NegativeInfinity)]
    [InlineData("1e-400", 0.0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("\"\\u00e9\\ud83d\\ude00\\n\\/\"", "é😀\n/")]
    [InlineData(" [] ", null)]
    public void Values_are_what_python_reads(string text, object? expected) => Read(text).ShouldBe(expected ?? new List<object?>());

    [Fact]
    public void Numbers_of_any_size_and_the_sign_of_zero_are_kept()
    {
        Read("9223372036854775808").ShouldBe(BigInteger.Pow(2, 63));
        BitConverter.DoubleToInt64Bits((double)Read("-0.0")!).ShouldBe(BitConverter.DoubleToInt64Bits(-0.0));
        Written(-0.0).ShouldBe("-0.0");
        Written(1.0).ShouldBe("1.0");
        Written(1e20).ShouldBe("1E+20");
        Written(100f).ShouldBe("100.0");
        Written((Half)0.5).ShouldBe("0.5");
        Written(BigInteger.Pow(10, 30)).ShouldBe("1" + new string('0', 30));
        Written(UInt128.MaxValue).ShouldBe("340282366920938463463374607431768211455");
        Read(new string('1', 10_000)).ShouldBeOfType<BigInteger>();
        Should.Throw<UnreadableDataException>(() => Read(new string('1', 10_001))).Message.ShouldContain("more than 10000 digits");
    }

    [Fact]
    public void The_last_of_equal_keys_counts() =>
        Read("""{"a": 1, "b": 2, "a": 3}""").ShouldBe(new OrderedDictionary<object, object?> { ["a"] = 3L, ["b"] = 2L });

    [Fact]
    public void Halves_of_surrogate_pairs_come_back()
    {
        foreach (string text in new[] { "\ud800", "a\udc80\"\\\n\u0001é😀b", "\udc00\ud800" })
        {
            byte[] bytes = JobSerializer.Json.Serialize(new List<object?> { text });
            Encoding.UTF8.GetString(bytes).ShouldNotContain('\ufffd');
            JobSerializer.Json.Deserialize(bytes).ShouldBe(new List<object?> { text });
        }

        Read("\"\\ud83d\\ude00\\udfff\\\\u\"").ShouldBe("😀\udfff\\u");
        Read("{\"\\ud800\": 1}").ShouldBeOfType<OrderedDictionary<object, object?>>().Keys.ShouldBe(["\ud800"]);
    }

    [Theory]
    [InlineData("[1, Nan]")]
    [InlineData("[1")]
    [InlineData("[NaN] NaN")]
    [InlineData("[1] 2")]
    [InlineData("[NaNN]")]
    [InlineData("[1NaN]")]
    [InlineData("[NaN1]")]
    [InlineData("[-NaN]")]
    [InlineData("Infinity0")]
    [InlineData("[\"\\ud8\"]")]
    [InlineData("")]
    [InlineData("[01]")]
    [InlineData("[1,]")]
    [InlineData("// comment\n1")]
    public void What_is_not_json_is_refused(string text) => Should.Throw<UnreadableDataException>(() => Read(text));

    [Fact]
    public void What_is_no_utf8_or_too_deep_is_refused()
    {
        Should.Throw<UnreadableDataException>(() => JobSerializer.Json.Deserialize(new byte[] { (byte)'"', 0xff, (byte)'"' }));
        Should.Throw<UnreadableDataException>(() => JobSerializer.Json.Deserialize("\"\\ud800"u8.ToArray().Append((byte)0xff).Append((byte)'"').ToArray()));
        Read(new string('[', 256) + new string(']', 256)).ShouldBeOfType<List<object?>>();
        Should.Throw<UnreadableDataException>(() => Read(new string('[', 257) + new string(']', 257)));
        Should.Throw<UnreadableDataException>(() => Read(new string('[', 1_000_000)));
    }

    [Fact]
    public void What_json_has_no_notation_for_is_text_or_a_list()
    {
        Written(0.10m).ShouldBe("\"0.10\"");
        Written(TimeSpan.FromMinutes(-90)).ShouldBe("\"-01:30:00\"");
        Written(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2))).ShouldBe("\"2026-01-02T03:04:05+02:00\"");
        Written(new Complex(1, -2.5)).ShouldBe("[1.0,-2.5]");
        Written(new byte[] { 0, 255 }).ShouldBe("\"AP8=\"");
        Written(new HashSet<object> { 1L }).ShouldBe("[1]");
        Written(new object?[] { 1L, null }).ShouldBe("[1,null]");
        Written(new OrderedDictionary<object, object?> { [DBNull.Value] = 1, [true] = 2, [1.0] = 3, [new object?[] { 1L, "a" }] = 4 }).ShouldBe("""{"null":1,"true":2,"1.0":3,"[1,\"a\"]":4}""");
    }

    private static object? Read(string text) => JobSerializer.Json.Deserialize(Encoding.UTF8.GetBytes(text));

    private static string Written(object? data) => Encoding.UTF8.GetString(JobSerializer.Json.Serialize(data));
}
