using System.Collections;
using System.Collections.Immutable;
using System.Dynamic;
using System.Numerics;
using System.Text;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

public class PickleWriterTests
{
    [Fact]
    public void A_job_is_a_minimal_pickle_without_memo_or_frame() =>
        Hex(new object?[] { "fixture_tasks.add", null, new object?[] { 1, 2 }, new Dictionary<string, object?>() })
            .ShouldBe("8004288c11666978747572655f7461736b732e6164644e4b014b02867d742e");

    public static TheoryData<object?, string> Values => new()
    {
        { DBNull.Value, "None" },
        { (byte)200, "200" },
        { (sbyte)-1, "-1" },
        { short.MinValue, "-32768" },
        { ushort.MaxValue, "65535" },
        { int.MinValue, "-2147483648" },
        { uint.MaxValue, "4294967295" },
        { long.MinValue, "-9223372036854775808" },
        { 1L << 39, "549755813888" },
        { -(1L << 39), "-549755813888" },
        { ulong.MaxValue, "18446744073709551615" },
        { (nint)(-5), "-5" },
        { (nuint)5, "5" },
        { Int128.MinValue, "-170141183460469231731687303715884105728" },
        { UInt128.MaxValue, "340282366920938463463374607431768211455" },
        { (Half)1.5, "1.5" },
        { 0.25f, "0.25" },
        { 'x', "'x'" },
        { "a\ud800b", "'a\ufffdb'" },
        { DayOfWeek.Friday, "'Friday'" },
        { (DayOfWeek)77, "'77'" },
        { new ReadOnlyMemory<byte>([1, 2]), "b'0102'" },
        { new Memory<byte>([1, 2]), "b'0102'" },
        { new ArraySegment<byte>([1, 2, 3], 1, 2), "b'0203'" },
        { new sbyte[] { -1 }, "[-1]" },
        { new[] { DayOfWeek.Monday }, "['Monday']" },
        { new[] { "a", "b" }, "['a', 'b']" },
        { Array.Empty<string>(), "[]" },
        { ImmutableArray.Create(1, 2), "[1, 2]" },
        { (1, "a", (object?)null), "(1, 'a', None)" },
        { Tuple.Create(1), "(1,)" },
        { ValueTuple.Create(), "()" },
        { new SortedDictionary<int, bool> { [2] = true, [1] = false }, "{1: False, 2: True}" },
        { new Dictionary<(int, int), string> { [(1, 2)] = "a" }, "{(1, 2): 'a'}" },
        { new ExpandoObject(), "{}" },
        { new HashSet<int> { 3 }, "{3}" },
        { ImmutableHashSet.Create("a"), "{'a'}" },
        { new HashSet<object> { new HashSet<int> { 1 } }, "{{1}}" },
        { new Queue<int>([1, 2]), "[1, 2]" },
        { new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), "datetime(2026-01-02T03:04:05.000000+00:00)" },
        { new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local), "datetime(2026-01-02T03:04:05.000000)" },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void Writes_the_nearest_python_value(object? value, string expected) =>
        ShownValue.Of(PickleReader.Read(PickleWriter.Write(value))).ShouldBe(expected);

    [Fact]
    public void Cuts_off_what_is_shorter_than_a_microsecond() =>
        PickleReader.Read(PickleWriter.Write(new TimeSpan(12_345_678_909))).ShouldBe(new TimeSpan(12_345_678_900));

    [Theory]
    [InlineData(84)]
    [InlineData(85)]
    [InlineData(86)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(100_000)]
    public void Text_of_any_length_and_width_survives(int length)
    {
        foreach (var unit in new[] { "a", "é", "€", "😀" })
        {
            var text = new StringBuilder().Insert(0, unit, length).ToString();
            PickleReader.Read(PickleWriter.Write(text)).ShouldBe(text);
            PickleReader.Read(PickleWriter.Write(Encoding.UTF8.GetBytes(text))).ShouldBe(Encoding.UTF8.GetBytes(text));
        }
    }

    [Fact]
    public void What_is_no_builtin_is_refused_by_name()
    {
        Refusal(new Uri("https://example.com")).ShouldContain("'System.Uri' is not a builtin");
        Refusal(new List<object?> { new object() }).ShouldContain("'System.Object' is not a builtin");
    }

    [Fact]
    public void Keys_that_python_cannot_hash_are_refused()
    {
        Refusal(new Dictionary<object, int> { [new List<int>()] = 1 }).ShouldContain("cannot be a dict key");
        Refusal(new HashSet<object> { (1, new Dictionary<int, int>()) }).ShouldContain("cannot be a dict key");
    }

    [Fact]
    public void Loops_are_refused()
    {
        var list = new List<object?>();
        list.Add(list);
        Refusal(list).ShouldContain("contains itself");

        var tuple = new object?[1];
        tuple[0] = tuple;
        Refusal(tuple).ShouldContain("contains itself");
        Refusal(new Dictionary<object, int> { [tuple] = 1 }).ShouldContain("nested deeper");
    }

    [Fact]
    public void What_can_be_written_can_be_read_and_the_other_way_round()
    {
        var deepest = Nested(PickleLimits.Depth);
        PickleReader.Read(PickleWriter.Write(deepest)).ShouldNotBeNull();
        Refusal(Nested(PickleLimits.Depth + 1)).ShouldContain("nested deeper");

        PickleReaderTests.Refusal([0x80, 4, .. Enumerable.Repeat((byte)']', 1001), .. Enumerable.Repeat((byte)'a', 1000), (byte)'.'])
            .ShouldContain("nested deeper");
    }

    private static List<object?> Nested(int depth)
    {
        var value = new List<object?> { 1 };
        for (var i = 1; i < depth; i++)
        {
            value = [value];
        }
        return value;
    }

    private static string Hex(object? value) => Convert.ToHexStringLower(PickleWriter.Write(value));

    private static string Refusal(object? value) => Should.Throw<PickleException>(() => PickleWriter.Write(value)).Message;
}
