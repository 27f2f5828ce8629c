using System.Numerics;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Pickles that Python wrote, and Python reading ours.</summary>
public class PicklePythonTests
{
    private const string Imports = """
        import sys, pickle
        from datetime import *
        from decimal import Decimal
        from fractions import Fraction
        from uuid import UUID
        from collections import *
        from zoneinfo import ZoneInfo

        """;

    private const string RichValue = """
        shared = ['shared', 1]
        value = [
            None, True, False, 0, 255, 256, 65535, 65536, -1, -129, 2**31, -2**31, 2**63 - 1, -2**63, 2**63, -2**70, 10**50, 2**5000,
            0.0, 1.5, -1e300, float('inf'), '', 'a', 'é\n\\u0041\\', '😀', 'x' * 300, b'', b'ab\xff', b'y' * 300, bytearray(b'z\xfe'), bytearray(),
            [], [1], [1, 2], (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {}, {'a': 1}, {'a': 1, 'b': {'c': [None]}}, {None: 1, 2: 3, (1, 'x'): 4},
            set(), {1}, {'a', 'b'}, frozenset(), frozenset([1, 2]), 1.5-2j,
            datetime(2026, 1, 2, 3, 4, 5, 6), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2026, 1, 2, tzinfo=timezone.utc),
            datetime(2026, 7, 2, 3, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), datetime(2026, 7, 2, 3, tzinfo=ZoneInfo('Europe/Paris')),
            date(2026, 1, 2), time(1, 2, 3, 4), timedelta(1, 2, 3), timedelta(-1), Decimal('1.50'), Decimal('1E+40'), Fraction(-1, 3),
            OrderedDict(b=1, a=2), defaultdict(list, {'a': [1]}), defaultdict(None), Counter('aab'), deque([1, 2], maxlen=5),
            shared, shared, [shared, shared],
        ]

        """;

    private static readonly string Expected =
        "[None, True, False, 0, 255, 256, 65535, 65536, -1, -129, 2147483648, -2147483648, 9223372036854775807, -9223372036854775808, "
        + $"9223372036854775808, -1180591620717411303424, {BigInteger.Pow(10, 50)}, {BigInteger.Pow(2, 5000)}, "
        + $"0.0, 1.5, -1E+300.0, Infinity, '', 'a', 'é\n\\u0041\\', '😀', '{new string('x', 300)}', b'', b'6162ff', "
        + $"b'{string.Concat(Enumerable.Repeat("79", 300))}', b'7afe', b'', "
        + "[], [1], [1, 2], (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {}, {'a': 1}, {'a': 1, 'b': {'c': [None]}}, {None: 1, 2: 3, (1, 'x'): 4}, "
        + "{}, {1}, {'a', 'b'}, {}, {1, 2}, complex(1.5, -2.0), "
        + "datetime(2026-01-02T03:04:05.000006), datetime(9999-12-31T23:59:59.999999), datetime(2026-01-02T00:00:00.000000+00:00), "
        + "datetime(2026-07-02T03:00:00.000000-03:30), datetime(2026-07-02T03:00:00.000000+02:00), "
        + "date(2026-01-02), time(01:02:03.000004), timedelta(86402000003), timedelta(-86400000000), 1.50, '1E+40', '-1/3', "
        + "{'b': 1, 'a': 2}, {'a': [1]}, {}, {'a': 2, 'b': 1}, [1, 2], "
        + "['shared', 1], ['shared', 1], [['shared', 1], ['shared', 1]]]";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Reads_every_protocol_that_python_writes(int protocol)
    {
        foreach (var module in new[] { "pickle.dumps(value, p)", "pickle._dumps(value, p)", "__import__('pickletools').optimize(pickle.dumps(value, p))" })
        {
            var pickle = await DumpAsync($"{RichValue}p = {protocol}\nprint({module}.hex())");
            ShownValue.Of(PickleReader.Read(pickle)).ShouldBe(Expected, module);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Reads_uuids_of_the_binary_protocols(int protocol)
    {
        var pickle = await DumpAsync($"u = UUID('00112233-4455-6677-8899-aabbccddeeff')\nprint(pickle.dumps([u, u, {{u: u}}], {protocol}).hex())");
        var uuid = new Guid("00112233-4455-6677-8899-aabbccddeeff");
        ShownValue.Of(PickleReader.Read(pickle)).ShouldBe($"[{uuid}, {uuid}, {{{uuid}: {uuid}}}]");
    }

    [Fact]
    public async Task Takes_the_second_pass_of_an_hour_that_is_repeated()
    {
        var pickle = await DumpAsync("print(pickle.dumps([datetime(2026, 10, 25, 2, 30, fold=f, tzinfo=ZoneInfo('Europe/Paris')) for f in (0, 1)]).hex())");
        ShownValue.Of(PickleReader.Read(pickle)).ShouldBe("[datetime(2026-10-25T02:30:00.000000+02:00), datetime(2026-10-25T02:30:00.000000+01:00)]");
    }

    [Fact]
    public async Task Refuses_classes_functions_and_what_holds_them()
    {
        var pickles = await Python.RunAsync(
            Imports + """
            import os, re, functools
            class Mine: pass
            Mine.__module__ = 'mine'; sys.modules['mine'] = sys.modules['__main__']
            for v in (os.system, Mine, print, object(), int, [Mine], {'a': print}, slice(1), re.compile('x'), functools.partial(print, 1), Ellipsis, Decimal, os.stat('.')):
                for p in range(6):
                    print(pickle.dumps(v, p).hex())
            """,
            "",
            TestContext.Current.CancellationToken);
        foreach (var pickle in pickles.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            PickleReaderTests.Refusal(Convert.FromHexString(pickle)).ShouldNotContain("damaged:");
        }
    }

    public static TheoryData<object?, string> WrittenValues => new()
    {
        { new object?[] { "m.f", null, new object?[] { 1, "é" }, new Dictionary<string, object?> { ["k"] = 2.5 } }, "('m.f', None, (1, 'é'), {'k': 2.5})" },
        { new object?[] { 0, 255, 256, 65535, 65536, -1, int.MinValue, long.MaxValue, long.MinValue, 1L << 31, -(1L << 31) - 1, 1L << 39, 128L << 32 },
            "(0, 255, 256, 65535, 65536, -1, -2147483648, 9223372036854775807, -9223372036854775808, 2147483648, -2147483649, 549755813888, 549755813888)" },
        { BigInteger.Pow(10, 40), "10000000000000000000000000000000000000000" },
        { ulong.MaxValue, "18446744073709551615" },
        { 12.340m, "Decimal('12.340')" },
        { decimal.MinValue, "Decimal('-79228162514264337593543950335')" },
        { "a\ud83d", "'a\ufffd'" },
        { new byte[] { 97, 0, 255 }, @"b'a\x00\xff'" },
        { new List<object?> { true, false, null, double.NaN }, "[True, False, None, nan]" },
        { new HashSet<int> { 1 }, "{1}" },
        { new HashSet<object> { new PickleFrozenSet { 1L } }, "{frozenset({1})}" },
        { new Dictionary<object, object?> { [DBNull.Value] = 1, [(1, 'a')] = Array.Empty<object?>() }, "{None: 1, (1, 'a'): ()}" },
        { new DateTime(2026, 1, 2, 3, 4, 5, 678, 901), "datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)" },
        { new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), "datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)" },
        { new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(-90)),
            "datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000)))" },
        { new DateOnly(2026, 1, 2), "datetime.date(2026, 1, 2)" },
        { new TimeOnly(1, 2, 3, 4, 5), "datetime.time(1, 2, 3, 4005)" },
        { TimeSpan.FromMicroseconds(-1), "datetime.timedelta(days=-1, seconds=86399, microseconds=999999)" },
        { TimeSpan.MaxValue, "datetime.timedelta(days=10675199, seconds=10085, microseconds=477580)" },
        { new Guid("00112233-4455-6677-8899-aabbccddeeff"), "UUID('00112233-4455-6677-8899-aabbccddeeff')" },
        { new Complex(1.5, -2), "(1.5-2j)" },
        { DayOfWeek.Friday, "'Friday'" },
        { new object?[] { Array.Empty<string>(), new List<object?>(), new Dictionary<string, int>(), new HashSet<int>(), Array.Empty<object?>() }, "([], [], {}, set(), ())" },
    };

    [Fact]
    public async Task Python_reads_what_is_written()
    {
        var rows = WrittenValues.Select(row => row.Data).ToList();
        var output = await Python.RunAsync(
            Imports + "sys.stdout.reconfigure(encoding='utf-8')\nfor line in sys.stdin: print(repr(pickle.loads(bytes.fromhex(line))))",
            string.Concat(rows.Select(row => Convert.ToHexString(PickleWriter.Write(row.Item1)) + "\n")),
            TestContext.Current.CancellationToken);

        output.TrimEnd().Split('\n').ShouldBe(rows.Select(row => row.Item2));
    }

    private sealed record Order(int Id, string? Note, List<decimal> Prices, DateTimeOffset At);

    /// <summary>Whatever an argument is, its pickle names a few value types of Python's own and nothing else.</summary>
    [Fact]
    public async Task What_any_argument_is_shaped_as_needs_only_pythons_own_value_types()
    {
        object?[] arguments =
        [
            null, true, 'x', "text", (byte)1, (sbyte)-1, (short)-2, (ushort)2, -3, 3u, -4L, 4UL, Int128.MinValue, UInt128.MaxValue, BigInteger.Pow(3, 99), 1.5f, 2.5, (Half)0.5, 1.50m, -0.0m,
            new byte[] { 1 }, Guid.NewGuid(), new DateTime(2026, 1, 2), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local),
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), new DateOnly(2026, 1, 2), new TimeOnly(1, 2), TimeSpan.FromDays(-3), new Complex(1, 2), DayOfWeek.Friday,
            new Uri("https://example.com/"), new Order(1, null, [1.5m], DateTimeOffset.UnixEpoch), new { A = 1 }, System.Text.Json.JsonSerializer.SerializeToElement(new[] { 1 }), (1, "a"), Tuple.Create(2),
            new[] { 1, 2 }, new[] { "a" }, new List<int> { 1 }, new Dictionary<int, List<string>> { [1] = ["a"] }, new HashSet<Guid> { Guid.Empty }, new SortedSet<int> { 1 }, new Queue<int>([1]),
            new Dictionary<(int, string), DayOfWeek> { [(1, "a")] = DayOfWeek.Monday }, new int?[] { 1, null }, new ArraySegment<byte>([1, 2]),
        ];
        var output = await Python.RunAsync(
            """
            import io, pickle, sys
            named = set()
            class Unpickler(pickle.Unpickler):
                def find_class(self, module, name):
                    named.add(f'{module}.{name}')
                    return super().find_class(module, name)
            for line in sys.stdin:
                value = Unpickler(io.BytesIO(bytes.fromhex(line))).load()
                assert type(value).__module__ in ('builtins', 'datetime', 'decimal', 'uuid'), value
            print(*sorted(named))
            """,
            string.Concat(arguments.Select(argument => Convert.ToHexString(PickleWriter.Write(DataTree.From(argument))) + "\n")),
            TestContext.Current.CancellationToken);
        output.Trim().ShouldBe("builtins.complex datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone decimal.Decimal uuid.UUID");
    }

    private static async Task<byte[]> DumpAsync(string script) =>
        Convert.FromHexString((await Python.RunAsync(Imports + script, "", TestContext.Current.CancellationToken)).Trim());
}
