using System.Numerics;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>What a .NET value is stored as, and how it comes back, in both formats.</summary>
public class DataBinderTests
{
    public static TheoryData<string> Serializers => ["pickle", "json"];

    [Theory, MemberData(nameof(Serializers))]
    public void Values_come_back_as_their_types(string serializer)
    {
        RoundTrip(serializer, 5);
        RoundTrip(serializer, (byte)5);
        RoundTrip(serializer, long.MinValue);
        RoundTrip(serializer, BigInteger.Pow(10, 40));
        RoundTrip(serializer, Int128.MaxValue);
        RoundTrip(serializer, 1.5);
        RoundTrip(serializer, 1.5f);
        RoundTrip(serializer, 12.30m);
        RoundTrip(serializer, 'x');
        RoundTrip(serializer, true);
        RoundTrip(serializer, "text");
        RoundTrip(serializer, Guid.NewGuid());
        RoundTrip(serializer, new Uri("http://nvie.com/a"));
        RoundTrip(serializer, DayOfWeek.Friday);
        RoundTrip(serializer, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)));
        RoundTrip(serializer, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Unspecified));
        RoundTrip(serializer, new DateOnly(2026, 1, 2));
        RoundTrip(serializer, new TimeOnly(3, 4, 5));
        RoundTrip(serializer, TimeSpan.FromMinutes(90));
        RoundTrip(serializer, (1, "two"));
        RoundTrip(serializer, new Point(1, "north"));
        RoundTrip<int?>(serializer, null);
        Bind<byte[]>(serializer, new byte[] { 1, 255 }).ShouldBe([1, 255]);
        Bind<int[]>(serializer, new[] { 1, 2 }).ShouldBe([1, 2]);
        Bind<List<Point>>(serializer, new List<Point> { new(1, "a") }).ShouldBe([new Point(1, "a")]);
        Bind<IReadOnlyList<string>>(serializer, new[] { "a" }).ShouldBe(["a"]);
        Bind<HashSet<int>>(serializer, new HashSet<int> { 1 }).ShouldBe([1]);
        Bind<Dictionary<string, int>>(serializer, new Dictionary<string, int> { ["a"] = 1 }).ShouldBe(new Dictionary<string, int> { ["a"] = 1 });
        Bind<IReadOnlyDictionary<string, Point>>(serializer, new Dictionary<string, Point> { ["a"] = new(1, "x") })["a"].ShouldBe(new Point(1, "x"));
    }

    [Theory, MemberData(nameof(Serializers))]
    public void S137_keys_of_dictionaries_come_back_as_their_types(string serializer)
    {
        Keys(1, -2);
        Keys(byte.MaxValue, byte.MinValue);
        Keys(ulong.MaxValue);
        Keys(BigInteger.Pow(10, 40), BigInteger.MinusOne);
        Keys(Int128.MinValue);
        Keys(0.1, double.MaxValue, 3);
        Keys(0.1m, 12.30m);
        Keys(true, false);
        Keys('x', '1');
        Keys("1", "x", "true");
        Keys(DayOfWeek.Friday);
        Keys(Guid.NewGuid());
        Keys(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)));
        Keys(new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Unspecified));
        Keys(new DateOnly(2026, 1, 2));
        Keys(new TimeOnly(3, 4, 5, 678));
        Keys(TimeSpan.FromMilliseconds(90_001));

        void Keys<T>(params T[] keys)
            where T : notnull
        {
            Dictionary<T, string> map = keys.ToDictionary(key => key, key => key.ToString()!);
            Bind<Dictionary<T, string>>(serializer, map).ShouldBe(map, typeof(T).Name);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_a_reason()
    {
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new OrderedDictionary<object, object?> { ["x"] = 1L }, typeof(Dictionary<int, int>)))
            .Message.ShouldContain("A text does not fit the type Int32");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(new OrderedDictionary<object, object?> { ["300"] = 1L }, typeof(Dictionary<byte, int>)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind("text", typeof(int))).Message.ShouldContain("A text does not fit the type Int32");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(300L, typeof(byte)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(1.5, typeof(int)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(null, typeof(int)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind(5L, typeof(Point)));
        Should.Throw<DataBindingException>(() => DataBinder.Bind("Doomsday", typeof(DayOfWeek)));
    }

    [Fact]
    public void The_words_of_pythons_json_are_read()
    {
        JobSerializer.Json.Deserialize("""[NaN, -Infinity, Infinity, "NaN \" Infinity"]"""u8.ToArray())
            .ShouldBe(new List<object?> { double.NaN, double.NegativeInfinity, double.PositiveInfinity, "NaN \" Infinity" });
        JobSerializer.Json.Deserialize(JobSerializer.Json.Serialize(double.NaN)).ShouldBe(double.NaN);
    }

    [Theory]
    [InlineData("[1, Nan]")]
    [InlineData("[1")]
    [InlineData("[\"\\ud800\"]")]
    public void What_is_not_json_is_refused(string text) =>
        Should.Throw<UnreadableDataException>(() => JobSerializer.Json.Deserialize(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_value_that_holds_itself_is_refused()
    {
        var list = new List<object?>();
        list.Add(list);
        Should.Throw<Exception>(() => JobSerializer.Pickle.Serialize(DataTree.From(list))).ShouldBeAssignableTo<ArgumentException>();
    }

    private static void RoundTrip<T>(string serializer, T value) => Bind<T>(serializer, value).ShouldBe(value);

    private static T Bind<T>(string serializer, object? value)
    {
        JobSerializer format = serializer == "json" ? JobSerializer.Json : JobSerializer.Pickle;
        byte[] bytes = format.Serialize(DataTree.From(value));
        JobSerializer.Of(bytes).ShouldBe(format);
        return (T)DataBinder.Bind(format.Deserialize(bytes), typeof(T))!;
    }

    public sealed record Point(int X, string Direction);
}
