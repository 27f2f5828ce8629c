using System.Numerics;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>What data of one kind becomes as a type of another, and what is refused.</summary>
public class DataBinderScalarTests
{
    public static IEnumerable<TheoryDataRow<object, object>> Fitting()
    {
        (object Data, object Expected)[] rows =
        [
            (5L, (byte)5), (5L, 5UL), (5L, 5.0), (5L, 5f), (5L, (Half)5), (5L, 5m), (5L, new BigInteger(5)), (5L, (Int128)5),
            (5.0, 5), (5.0, 5m), (-0.0, 0), (9007199254740993L, 9007199254740992.0), (1e20, BigInteger.Pow(10, 20)), (1e20, (UInt128)1e20),
            (BigInteger.Pow(10, 20), 1e20), (BigInteger.Pow(10, 20), 100000000000000000000m), (new BigInteger(7), 7), (new BigInteger(long.MaxValue), long.MaxValue),
            (0.1, 0.1m), (0.1f, 0.1m), (1.5e-10, 0.00000000015m), (1e28, 1e28m), (1.1234567890123457, 1.1234567890123457m), (7m, 7), (0.5m, 0.5), ("0.10", 0.10m), ("1E+2", 100m), ("-12.5", -12.5m),
            (1e300, 1e300), (0.1, 0.1f), ("NaN", double.NaN), ("-Infinity", double.NegativeInfinity), (double.PositiveInfinity, float.PositiveInfinity),
            (7, 7L), ((byte)7, 7), (ulong.MaxValue, (Int128)ulong.MaxValue),
            (2L, new Complex(2, 0)), (new List<object?> { 1L, 2.5 }, new Complex(1, 2.5)),
            ("x", 'x'), ("text"u8.ToArray(), "text"), (0.10m, "0.10"),
            ("76d3dbae-88dd-41d1-80d3-2911a313369a", Guid.Parse("76d3dbae-88dd-41d1-80d3-2911a313369a")), ("76d3dbae88dd41d180d32911a313369a", Guid.Parse("76d3dbae-88dd-41d1-80d3-2911a313369a")),
            ("1.2.3", new Version(1, 2, 3)), ("/a/b", new Uri("/a/b", UriKind.Relative)),
        ];
        return rows.Select(row => new TheoryDataRow<object, object>(row.Data, row.Expected).WithTestDisplayName($"{row.Data} ({row.Data.GetType().Name}) is {row.Expected.GetType().Name}"));
    }

    [Theory, MemberData(nameof(Fitting), DisableDiscoveryEnumeration = true)]
    public void A_value_that_the_type_has_is_bound(object data, object expected)
    {
        object? bound = DataBinder.Bind(data, expected.GetType());
        bound.ShouldBe(expected);
        bound.ShouldBeOfType(expected.GetType());
    }

    public static IEnumerable<TheoryDataRow<object, Type, string>> Refused()
    {
        (object Data, Type Type, string Reason)[] rows =
        [
            (1.5, typeof(int), "fraction"), (double.NaN, typeof(int), "no number"), (300L, typeof(byte), ""), (-1L, typeof(uint), ""), (1e19, typeof(long), ""), (9223372036854775808.0, typeof(long), ""),
            (BigInteger.Pow(10, 20), typeof(long), ""), (BigInteger.Pow(10, 400), typeof(double), "too large"), (BigInteger.Pow(10, 30), typeof(decimal), ""), (1e39, typeof(float), "too large"), (70_000.0, typeof(Half), "too large"),
            (1e30, typeof(decimal), ""), (1e-30, typeof(decimal), "more digits"), (1.2345678901234567e-20, typeof(decimal), "more digits"), (1e-30f, typeof(decimal), "more digits"), (double.NaN, typeof(decimal), ""), (1.5m, typeof(int), "fraction"),
            ("5", typeof(int), "A text does not fit the type Int32."), ("5", typeof(double), "A text"), ("x", typeof(decimal), ""), ("1E+400", typeof(double), ""), ("0.12345678901234567890123456789012", typeof(decimal), "more digits"), ("1E-40", typeof(decimal), "more digits"),
            (true, typeof(int), "A bool does not fit the type Int32."), (true, typeof(double), "A bool"), (1L, typeof(bool), "A whole number does not fit the type Boolean."), ("true", typeof(bool), ""),
            ("xy", typeof(char), ""), (5L, typeof(string), "A whole number does not fit the type String."), (new byte[] { 0xff }, typeof(string), "A bytes value"), (new DateTime(2026, 1, 2), typeof(string), ""),
            ("no base64!", typeof(byte[]), ""), (new List<object?> { 256L }, typeof(byte[]), "At '[0]'"), ("x", typeof(Guid), ""), ("x", typeof(Version), ""),
            (5L, typeof(DateTimeOffset), "A whole number does not fit the type DateTimeOffset."), (1.7e9, typeof(DateTime), ""), ("01/02/2026", typeof(DateTime), "ISO 8601"), ("2026-02-30", typeof(DateOnly), "ISO 8601"), ("2026-01-02T03:04:05Z", typeof(DateOnly), "time of day"),
            (new DateTime(2026, 1, 2, 3, 4, 5), typeof(DateOnly), "time of day"), ("25:00", typeof(TimeOnly), ""), (TimeSpan.FromHours(1), typeof(TimeOnly), ""),
            ("5", typeof(TimeSpan), "no duration"), ("P1Y", typeof(TimeSpan), "no duration"), ("P", typeof(TimeSpan), ""), ("PT", typeof(TimeSpan), ""), ("99999999999 days, 0:00:00", typeof(TimeSpan), ""), (double.NaN, typeof(TimeSpan), ""), (1e30, typeof(TimeSpan), ""), (long.MaxValue, typeof(TimeSpan), "longer"), ("1:99:00", typeof(TimeSpan), ""),
            ("Doomsday", typeof(DayOfWeek), "none of Sunday, Monday"), (1.5, typeof(DayOfWeek), ""), (true, typeof(DayOfWeek), ""), (300L, typeof(Tiny), ""), ("300", typeof(Tiny), ""),
            (new List<object?> { 1L, 2L, 3L }, typeof(Complex), ""), ("text", typeof(int[]), "A text does not fit the type Int32[]."), (5L, typeof(List<int>), "A whole number does not fit the type List<Int32>."), (new OrderedDictionary<object, object?>(), typeof(List<int>), "A dict does not fit"),
            (new List<object?>(), typeof(Dictionary<string, int>), "A list does not fit the type Dictionary<String, Int32>."), (new List<object?> { 1L }, typeof((int, int)), "it has 1 items, the tuple 2"),
            (new List<object?> { new List<object?> { 1L }, new List<object?> { 1L, 2L } }, typeof(int[,]), "same length"), (new List<object?> { 1L }, typeof(int[,]), ""), (5L, typeof(IAsyncEnumerable<int>), ""), (5L, typeof(Action), ""),
            (new object?[] { 1L }, typeof(string), "A tuple does not fit the type String."),
            (new OrderedDictionary<object, object?> { ["a"] = 1L, ["b"] = 2L }, typeof((object, object)), "A dict does not fit"),
            (new OrderedDictionary<object, object?> { ["Real"] = 1L }, typeof(Complex), "A dict does not fit"), (new OrderedDictionary<object, object?> { ["a"] = 1L }, typeof(int[,]), "A dict does not fit"),
            (new OrderedDictionary<object, object?> { ["Item1"] = 1L, ["Item3"] = 2L }, typeof((int, int)), "A dict does not fit"), (new List<object?> { new List<object?>(), new List<object?> { new List<object?> { 1L } } }, typeof(int[,,]), "same length"),
        ];
        return rows.Select(row => new TheoryDataRow<object, Type, string>(row.Data, row.Type, row.Reason).WithTestDisplayName($"{row.Data} ({row.Data.GetType().Name}) is no {row.Type.Name}"));
    }

    [Theory, MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Other_values_are_refused_with_a_reason(object data, Type type, string reason) =>
        Should.Throw<DataBindingException>(() => DataBinder.Bind(data, type)).Message.ShouldContain(reason);

    [Fact]
    public void Null_is_no_value_of_a_value_type()
    {
        Should.Throw<DataBindingException>(() => DataBinder.Bind(null, typeof(int))).Message.ShouldBe("null does not fit the type Int32.");
        DataBinder.Bind(null, typeof(int?)).ShouldBeNull();
        DataBinder.Bind(null, typeof(string)).ShouldBeNull();
        DataBinder.Bind(DBNull.Value, typeof(string)).ShouldBeNull();
        Should.Throw<DataBindingException>(() => DataBinder.Bind(300L, typeof(byte?))).Message.ShouldContain("Byte?");
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.000006+00:00", "2026-01-02T03:04:05.0000060+00:00")]
    [InlineData("2026-01-02 03:04:05+02:00", "2026-01-02T03:04:05.0000000+02:00")]
    [InlineData("2026-01-02T03:04:05-0530", "2026-01-02T03:04:05.0000000-05:30")]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T03:04", "2026-01-02T03:04:00.0000000+00:00")]
    [InlineData("2026-01-02", "2026-01-02T00:00:00.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.1234567+00:00")]
    [InlineData("2026-01-02T03:04:05+00:00:30", "2026-01-02T03:04:35.0000000+00:00", "2026-01-02T03:03:35.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05+01:00:00.5", "", "2026-01-02T02:04:04.5000000+00:00")]
    [InlineData("2026-01-02T03:04:05+01:99", null)]
    [InlineData("2026-01-02T03:04:05+01:00:60", null)]
    [InlineData("2026-01-02T03:04:05+24:00", null)]
    [InlineData("0001-01-01T00:00:00+14:00", null)]
    [InlineData("2026-01-02T24:00:00", null)]
    [InlineData("2026-13-02T00:00:00", null)]
    [InlineData("2026-1-2", null)]
    [InlineData("1767323045", null)]
    [InlineData("2026-01-02T03:04:05 Europe/Berlin", null)]
    public void Times_are_read_in_iso_8601(string text, string? expected, string? instead = null)
    {
        if (expected is null)
        {
            Should.Throw<DataBindingException>(() => DataBinder.Bind(text, typeof(DateTimeOffset)));
            return;
        }

        ((DateTimeOffset)DataBinder.Bind(text, typeof(DateTimeOffset))!).ToString("o").ShouldBe(instead ?? expected);
    }

    [Fact]
    public void A_time_with_a_zone_is_in_utc_as_a_DateTime_and_one_without_as_it_is()
    {
        Kind("2026-01-02T03:04:05+02:00", new DateTime(2026, 1, 2, 1, 4, 5), DateTimeKind.Utc);
        Kind("2026-01-02T03:04:05", new DateTime(2026, 1, 2, 3, 4, 5), DateTimeKind.Unspecified);
        Kind(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), new DateTime(2026, 1, 2, 1, 4, 5), DateTimeKind.Utc);
        Kind(new DateOnly(2026, 1, 2), new DateTime(2026, 1, 2), DateTimeKind.Unspecified);
        DataBinder.Bind(new DateTime(2026, 1, 2), typeof(DateOnly)).ShouldBe(new DateOnly(2026, 1, 2));
        DataBinder.Bind(new DateTime(2026, 1, 2, 3, 4, 5), typeof(DateTimeOffset)).ShouldBe(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        DataBinder.Bind("03:04", typeof(TimeOnly)).ShouldBe(new TimeOnly(3, 4));
        DataBinder.Bind("03:04:05.000006", typeof(TimeOnly)).ShouldBe(new TimeOnly(3, 4, 5, 0, 6));

        static void Kind(object data, DateTime expected, DateTimeKind kind)
        {
            var bound = (DateTime)DataBinder.Bind(data, typeof(DateTime))!;
            bound.ShouldBe(expected);
            bound.Kind.ShouldBe(kind);
        }
    }

    [Theory]
    [InlineData("1:30:00", 5400)]
    [InlineData("01:30", 5400)]
    [InlineData("36:00:00", 129600)]
    [InlineData("1.02:03:04.5", 93784.5)]
    [InlineData("-1.02:03:04.5", -93784.5)]
    [InlineData("1 day, 2:03:04.5", 93784.5)]
    [InlineData("2 days, 0:00:00", 172800)]
    [InlineData("-1 day, 23:59:59.500000", -0.5)]
    [InlineData("P1DT2H3M4.5S", 93784.5)]
    [InlineData("PT90M", 5400)]
    [InlineData("P2W", 1209600)]
    [InlineData("-PT0.5S", -0.5)]
    [InlineData(90L, 90)]
    [InlineData(1.5, 1.5)]
    public void Durations_are_read_in_three_notations_and_as_seconds(object data, double seconds) =>
        DataBinder.Bind(data, typeof(TimeSpan)).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void Seconds_are_rounded_to_the_ticks_of_a_TimeSpan()
    {
        DataBinder.Bind(0.00000006m, typeof(TimeSpan)).ShouldBe(TimeSpan.FromTicks(1));
        DataBinder.Bind(0.00000004m, typeof(TimeSpan)).ShouldBe(TimeSpan.Zero);
        DataBinder.Bind(-6e-8, typeof(TimeSpan)).ShouldBe(TimeSpan.FromTicks(-1));
        DataBinder.Bind(1e-10, typeof(TimeSpan)).ShouldBe(TimeSpan.Zero);
        DataBinder.Bind(0.1 + 0.2, typeof(TimeSpan)).ShouldBe(TimeSpan.FromMilliseconds(300));
        DataBinder.Bind(8.0000001, typeof(TimeSpan)).ShouldBe(TimeSpan.FromTicks(80_000_001));
    }

    [Fact]
    public void The_longest_durations_are_read()
    {
        DataBinder.Bind(TimeSpan.MinValue.ToString("c"), typeof(TimeSpan)).ShouldBe(TimeSpan.MinValue);
        DataBinder.Bind(TimeSpan.MaxValue.ToString("c"), typeof(TimeSpan)).ShouldBe(TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData("InProgress")]
    [InlineData("IN_PROGRESS")]
    [InlineData("in_progress")]
    [InlineData("in-progress")]
    [InlineData("inprogress")]
    [InlineData("working")]
    [InlineData("at work")]
    [InlineData("4")]
    [InlineData(4L)]
    [InlineData(4.0)]
    public void An_enum_is_bound_by_any_of_its_names_or_its_number(object data) => DataBinder.Bind(data, typeof(State)).ShouldBe(State.InProgress);

    [Fact]
    public void Flags_are_bound_from_names_and_numbers()
    {
        DataBinder.Bind("Read, write", typeof(Rights)).ShouldBe(Rights.Read | Rights.Write);
        DataBinder.Bind(new List<object?> { "READ", "WRITE" }, typeof(Rights)).ShouldBe(Rights.Read | Rights.Write);
        DataBinder.Bind(3L, typeof(Rights)).ShouldBe(Rights.Read | Rights.Write);
        DataBinder.Bind(new BigInteger(ulong.MaxValue), typeof(Rights)).ShouldBe((Rights)ulong.MaxValue);
        Should.Throw<DataBindingException>(() => DataBinder.Bind("Read, fly", typeof(Rights)));
        DataTree.From(State.InProgress).ShouldBe("at work");
        DataTree.From(Rights.Read | Rights.Write).ShouldBe("Read, Write");
        DataTree.From(Snake.VerySlow).ShouldBe("very_slow");
        DataBinder.Bind("VERY_SLOW", typeof(Snake)).ShouldBe(Snake.VerySlow);
    }

    public enum State
    {
        New,

        [EnumMember(Value = "working"), JsonStringEnumMemberName("at work")]
        InProgress = 4,
    }

    [Flags]
    public enum Rights : ulong
    {
        None = 0,
        Read = 1,
        Write = 2,
    }

    public enum Tiny : byte
    {
        Zero,
    }

    [JsonConverter(typeof(SnakeConverter))]
    public enum Snake
    {
        VerySlow,
    }

    public sealed class SnakeConverter() : JsonStringEnumConverter<Snake>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
}
