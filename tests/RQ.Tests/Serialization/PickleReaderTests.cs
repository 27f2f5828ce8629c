using System.Numerics;
using System.Text;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

public class PickleReaderTests
{
    public static TheoryData<string, object?> ValueSamples => new()
    {
        { "80054e2e", null },
        { "8005882e", true },
        { "8005892e", false },
        { "80054b002e", 0L },
        { "80054bff2e", 255L },
        { "80054d00012e", 256L },
        { "80054a000001002e", 65536L },
        { "80054affffffff2e", -1L },
        { "80058a0500000080002e", 2147483648L },
        { "8005473ff80000000000002e", 1.5 },
        { "80058c0161942e", "a" },
        { "80058c02c3a9942e", "é" },
        { "800543026162942e", "ab"u8.ToArray() },
        { "80055d942e", new List<object?>() },
        { "80055d944b01612e", new List<object?> { 1L } },
        { "80055d94284b014b02652e", new List<object?> { 1L, 2L } },
        { "8005292e", Array.Empty<object?>() },
        { "80054b0185942e", new object?[] { 1L } },
        { "80054b014b0286942e", new object?[] { 1L, 2L } },
        { "80054b014b024b0387942e", new object?[] { 1L, 2L, 3L } },
        { "8005284b014b024b034b0474942e", new object?[] { 1L, 2L, 3L, 4L } },
        { "80057d942e", new Dictionary<object, object?>() },
        { "80057d948c0161944b01732e", new Dictionary<object, object?> { ["a"] = 1L } },
        { "80057d94288c0161944b018c0162944b02752e", new Dictionary<object, object?> { ["a"] = 1L, ["b"] = 2L } },
        { "80058f94284b01902e", new HashSet<object> { 1L } },
        { "80055d94288c0161946801652e", new List<object?> { "a", "a" } },
        { "8005952a000000000000008c086461746574696d65948c086461746574696d65949394430a07ea010203040500000694859452942e", new DateTime(2026, 1, 2, 3, 4, 5, 0, 6) },
    };

    [Theory]
    [MemberData(nameof(ValueSamples))]
    public void Reads_the_value_samples_of_the_wire_format(string hex, object? expected) =>
        ShownValue.Of(PickleReader.Read(Convert.FromHexString(hex))).ShouldBe(ShownValue.Of(expected));

    [Theory]
    [InlineData(
        "8005952100000000000000288c11666978747572655f7461736b732e616464944e4b014b0286947d9474942e",
        "('fixture_tasks.add', None, (1, 2), {})")]
    [InlineData(
        "8005953700000000000000288c13666978747572655f7461736b732e6772656574944e8c03796f759485947d948c086772656574696e67948c03486579947374942e",
        "('fixture_tasks.greet', None, ('you',), {'greeting': 'Hey'})")]
    [InlineData("8005952000000000000000288c15666978747572655f7461736b732e6e6f7468696e67944e297d9474942e", "('fixture_tasks.nothing', None, (), {})")]
    [InlineData("8004288c11666978747572655f7461736b732e6164644e4b014b02867d742e", "('fixture_tasks.add', None, (1, 2), {})")]
    [InlineData("8004288c11666978747572655f7461736b732e6164644e284b014b02747d742e", "('fixture_tasks.add', None, (1, 2), {})")]
    [InlineData("8002285811000000666978747572655f7461736b732e6164644e284b014b02747d742e", "('fixture_tasks.add', None, (1, 2), {})")]
    public void Reads_the_job_samples_of_the_wire_format(string hex, string expected) =>
        ShownValue.Of(PickleReader.Read(Convert.FromHexString(hex))).ShouldBe(expected);

    [Fact]
    public void Reads_the_object_of_the_bound_method_sample_as_its_attributes() =>
        ShownValue.Of(PickleReader.Read(Convert.FromHexString(
                "8005953e00000000000000288c0462756d70948c0d666978747572655f7461736b73948c07436f756e7465729493942981947d948c057374617274944b0a73624b0585947d9474942e")))
            .ShouldBe("('bump', {'start': 10}, (5,), {})");

    [Theory]
    [InlineData("I01\n.", true)]
    [InlineData("I00\n.", false)]
    [InlineData("I-7\n.", -7L)]
    [InlineData("L7L\n.", 7L)]
    [InlineData("F-inf\n.", double.NegativeInfinity)]
    [InlineData("F1e-3\n.", 0.001)]
    [InlineData("S'it\\'s \\x41\\102\\n'\n.", "it's AB\n")]
    [InlineData("Va\\u000ab\\U0001f600\\ud800\n.", "a\nb😀\ufffd")]
    [InlineData("U\u0003abc.", "abc")]
    [InlineData("T\u0003\0\0\0abc.", "abc")]
    public void Reads_values_of_the_text_protocol(string pickle, object expected) =>
        PickleReader.Read(Encoding.Latin1.GetBytes(pickle)).ShouldBe(expected);

    [Fact]
    public void Replaces_lone_surrogates() => PickleReader.Read(Convert.FromHexString("80058c0561eda080622e")).ShouldBe("a\ufffd\ufffd\ufffdb");

    [Fact]
    public void Keeps_integers_of_any_size()
    {
        var number = BigInteger.Pow(7, 200);
        PickleReader.Read(PickleWriter.Write(number)).ShouldBe(number);
        PickleReader.Read(Encoding.ASCII.GetBytes($"L{number}L\n.")).ShouldBe(number);
        PickleReader.Read(Convert.FromHexString("80028a0a010000000000000000002e")).ShouldBe(1L);
    }

    [Theory]
    [InlineData("1.50", "1.50")]
    [InlineData("-0", "0")]
    [InlineData("1E+3", "1000")]
    [InlineData("1E-28", "0.0000000000000000000000000001")]
    [InlineData("79228162514264337593543950335", "79228162514264337593543950335")]
    public void Decimals_are_exact(string python, string expected) =>
        PickleReader.Read(DecimalPickle(python)).ShouldBe(decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("79228162514264337593543950336")]
    [InlineData("1.23456789012345678901234567890")]
    [InlineData("1E+29")]
    [InlineData("1E-29")]
    [InlineData("1E+99999999999999999999")]
    [InlineData("Infinity")]
    [InlineData("-sNaN")]
    public void Decimals_beyond_dotnets_range_stay_text(string python) => PickleReader.Read(DecimalPickle(python)).ShouldBe(python);

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("one")]
    [InlineData("1\n")]
    public void Decimals_that_are_no_number_are_refused(string python) => Refusal(DecimalPickle(python)).ShouldContain("'decimal.Decimal'");

    [Fact]
    public void Keys_compare_as_in_python()
    {
        // {1: 'a', (None, b'x', frozenset({2})): 'b', None: 'c'}
        var dict = Read<OrderedDictionary<object, object?>>("80047d284b018c01614e43017828 4b0291878c01624e8c0163752e");

        dict[true].ShouldBe("a");
        dict[1.0].ShouldBe("a");
        dict[new object?[] { null, "x"u8.ToArray(), new PickleFrozenSet { 2L } }].ShouldBe("b");
        dict[DBNull.Value].ShouldBe("c");
    }

    [Theory]
    [InlineData("}(Fnan\nK\u0001Fnan\nK\u0002u.", 2)]
    [InlineData("}(Fnan\nq\0K\u0001h\0K\u0002u.", 1)]
    [InlineData("}(F9223372036854775808.0\nK\u0001L9223372036854775808L\nK\u0002u.", 1)]
    [InlineData("}(F-9223372036854775808.0\nK\u0001I-9223372036854775808\nK\u0002u.", 1)]
    [InlineData("}(F9223372036854774784.0\nK\u0001I9223372036854774784\nK\u0002u.", 1)]
    [InlineData("}(F1e19\nK\u0001L10000000000000000000L\nK\u0002L10000000000000000001L\nNu.", 2)]
    [InlineData("}(Finf\nK\u0001F-inf\nK\u0002Finf\nNu.", 2)]
    [InlineData("}(F-0.0\nK\u0001K\0K\u0002u.", 1)]
    public void Numbers_are_as_many_keys_as_in_python(string pickle, int count) =>
        PickleReader.Read(Encoding.Latin1.GetBytes(pickle)).ShouldBeOfType<OrderedDictionary<object, object?>>().Count.ShouldBe(count);

    [Theory]
    [InlineData("](K\u0001K\u0002e")]
    [InlineData("](N(K\u0001K\u0002K\u0003K\u0004te")]
    [InlineData("](K\u0001\u0085e")]
    [InlineData("]](K\u0001ea")]
    public void Pairs_of_a_dict_are_pairs(string items) =>
        Refusal(Encoding.Latin1.GetBytes($"ccollections\nOrderedDict\n{items}\u0085R.")).ShouldContain("damaged");

    [Fact]
    public void Values_that_are_shared_in_the_pickle_are_shared_in_the_result()
    {
        var list = Read<List<object?>>("80045d285d946800652e");
        list[0].ShouldBeSameAs(list[1]);
    }

    [Theory]
    [InlineData("cpytz\n_UTC\n(tR", "2026-01-02T03:04:05+00:00")]
    [InlineData("cpytz\n_p\n(VEurope/Paris\nI3600\nI0\nVCET\ntR", "2026-01-02T03:04:05+01:00")]
    [InlineData("cpytz\n_p\n(VEurope/Paris\nI561\nI0\nVLMT\ntR", "2026-01-02T02:54:44+00:00")]
    [InlineData("cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I0\nI-5400\nI0\ntRtR", "2026-01-02T03:04:05-01:30")]
    [InlineData("cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I0\nI82800\nI0\ntRtR", "2026-01-01T04:04:05+00:00")]
    public void Aware_times_keep_their_instant_and_where_possible_their_offset(string zone, string expected)
    {
        var pickle = Encoding.Latin1.GetBytes($"cdatetime\ndatetime\n(c_codecs\nencode\n(V\u0007ê\u0001\u0002\u0003\u0004\u0005\0\0\0\nVlatin1\ntR{zone}tR.");
        var time = PickleReader.Read(pickle).ShouldBeOfType<DateTimeOffset>();
        time.ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture).ShouldBe(expected);
    }

    /// <summary>Its clocks go forward at 24:00 of a Saturday: 6 September 2026, from 00:00 to 01:00; and back on 5 April, from 00:00 to 23:00.</summary>
    [Theory]
    [InlineData("\u0009\u0005\u0017\u001e", "2026-09-05T23:30:00-04:00")]
    [InlineData("\u0009\u0006\u0000\u001e", "2026-09-06T00:30:00-04:00")]
    [InlineData("\u0089\u0006\u0000\u001e", "2026-09-06T00:30:00-03:00")]
    [InlineData("\u0009\u0006\u0001\u001e", "2026-09-06T01:30:00-03:00")]
    [InlineData("\u0004\u0004\u0016\u001e", "2026-04-04T22:30:00-03:00")]
    [InlineData("\u0004\u0004\u0017\u001e", "2026-04-04T23:30:00-03:00")]
    [InlineData("\u0084\u0004\u0017\u001e", "2026-04-04T23:30:00-04:00")]
    [InlineData("\u0004\u0005\u0000\u001e", "2026-04-05T00:30:00-04:00")]
    public void Zones_have_their_changes_at_the_right_hour(string monthDayHourMinute, string expected)
    {
        var pickle = Encoding.Latin1.GetBytes(
            $"\u0080\u0004cdatetime\ndatetime\n(C\u000a\u0007\u00ea{monthDayHourMinute}\0\0\0\0czoneinfo\nZoneInfo._unpickle\n(VAmerica/Santiago\n\u0088tRtR.");
        var time = PickleReader.Read(pickle).ShouldBeOfType<DateTimeOffset>();
        time.ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture).ShouldBe(expected);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("Nowhere/Land")]
    [InlineData("")]
    public void Unknown_zones_are_refused_by_name(string zone) =>
        Refusal(Encoding.ASCII.GetBytes($"cpytz\n_p\n(V{zone}\ntR.")).ShouldContain($"zone '{zone}'");

    internal static string Refusal(byte[] pickle) => Should.Throw<PickleException>(() => PickleReader.Read(pickle)).Message;

    private static T Read<T>(string hex) => PickleReader.Read(Convert.FromHexString(hex.Replace(" ", ""))).ShouldBeOfType<T>();

    private static byte[] DecimalPickle(string text) =>
        [0x80, 4, 0x8c, 7, .. "decimal"u8, 0x8c, 7, .. "Decimal"u8, 0x93, 0x8c, (byte)text.Length, .. Encoding.ASCII.GetBytes(text), 0x85, (byte)'R', (byte)'.'];
}
