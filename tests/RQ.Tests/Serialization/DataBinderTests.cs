using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
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
        RoundTrip(serializer, sbyte.MinValue);
        RoundTrip(serializer, ushort.MaxValue);
        RoundTrip(serializer, long.MinValue);
        RoundTrip(serializer, ulong.MaxValue);
        RoundTrip(serializer, BigInteger.Pow(10, 40));
        RoundTrip(serializer, Int128.MaxValue);
        RoundTrip(serializer, UInt128.MaxValue);
        RoundTrip(serializer, 1.5);
        RoundTrip(serializer, 1.0);
        RoundTrip(serializer, double.NegativeZero);
        RoundTrip(serializer, double.Epsilon);
        RoundTrip(serializer, double.MaxValue);
        RoundTrip(serializer, double.NaN);
        RoundTrip(serializer, double.NegativeInfinity);
        RoundTrip(serializer, 1.5f);
        RoundTrip(serializer, float.MaxValue);
        RoundTrip(serializer, 0.1f);
        RoundTrip(serializer, (Half)0.1);
        RoundTrip(serializer, Half.PositiveInfinity);
        RoundTrip(serializer, 12.30m);
        RoundTrip(serializer, decimal.MinValue);
        RoundTrip(serializer, 0.0000000000000000000000000001m);
        RoundTrip(serializer, new Complex(1.5, -2));
        RoundTrip(serializer, 'x');
        RoundTrip(serializer, true);
        RoundTrip(serializer, "text");
        RoundTrip(serializer, "\u0001rq-number:NaN");
        RoundTrip(serializer, Guid.NewGuid());
        RoundTrip(serializer, new Uri("http://nvie.com/a"));
        RoundTrip(serializer, new Version(1, 2, 3));
        RoundTrip(serializer, DayOfWeek.Friday);
        RoundTrip(serializer, (DayOfWeek)77);
        RoundTrip(serializer, AttributeTargets.Class | AttributeTargets.Method);
        RoundTrip(serializer, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)));
        RoundTrip(serializer, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Unspecified));
        RoundTrip(serializer, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        RoundTrip(serializer, new DateOnly(2026, 1, 2));
        RoundTrip(serializer, new TimeOnly(3, 4, 5));
        RoundTrip(serializer, TimeSpan.FromMinutes(90));
        RoundTrip(serializer, TimeSpan.FromMilliseconds(-90_001));
        RoundTrip(serializer, TimeSpan.FromDays(400));
        RoundTrip(serializer, (1, "two"));
        RoundTrip(serializer, Tuple.Create(1, "two"));
        RoundTrip(serializer, ValueTuple.Create(1));
        RoundTrip(serializer, (1, 2, 3, 4, 5, 6, 7, "eight", 9.5m));
        RoundTrip(serializer, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, (15, "x")));
        RoundTrip(serializer, new KeyValuePair<string, decimal>("k", 1.10m));
        RoundTrip(serializer, new Point(1, "north"));
        RoundTrip<int?>(serializer, null);
        RoundTrip<int?>(serializer, 5);
        RoundTrip<Point?>(serializer, null);
    }

    [Theory, MemberData(nameof(Serializers))]
    public void A_local_time_comes_back_as_the_same_instant_in_utc(string serializer)
    {
        DateTime local = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).ToLocalTime();
        DateTime bound = Bind<DateTime>(serializer, local);
        bound.ShouldBe(new DateTime(2026, 1, 2, 3, 4, 5));
        bound.Kind.ShouldBe(DateTimeKind.Utc);
        Bind<DateTimeOffset>(serializer, local).ShouldBe(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Collections_come_back_as_their_types(string serializer)
    {
        int[] numbers = [3, 1, 2];
        Bind<byte[]>(serializer, new byte[] { 1, 255 }).ShouldBe([1, 255]);
        Bind<byte[]>(serializer, new List<int> { 1, 255 }).ShouldBe([1, 255]);
        Bind<ReadOnlyMemory<byte>>(serializer, new byte[] { 1, 255 }.AsMemory()).ToArray().ShouldBe([1, 255]);
        Bind<Memory<byte>>(serializer, new byte[] { 1, 255 }).ToArray().ShouldBe([1, 255]);
        Bind<ArraySegment<byte>>(serializer, new ArraySegment<byte>([9, 1, 255], 1, 2)).ToArray().ShouldBe([1, 255]);
        Bind<IReadOnlyList<byte>>(serializer, new byte[] { 1, 255 }).ShouldBe([1, 255]);
        Bind<sbyte[]>(serializer, new sbyte[] { -1, 5 }).ShouldBe([-1, 5]);
        Bind<int[]>(serializer, numbers).ShouldBe(numbers);
        Bind<IEnumerable<int>>(serializer, numbers.Where(n => n > 1)).ShouldBe([3, 2]);
        Bind<Memory<int>>(serializer, numbers).ToArray().ShouldBe(numbers);
        Bind<List<Point>>(serializer, new List<Point> { new(1, "a") }).ShouldBe([new Point(1, "a")]);
        Bind<IReadOnlyList<string>>(serializer, new[] { "a" }).ShouldBe(["a"]);
        IList<int> growing = Bind<IList<int>>(serializer, numbers);
        growing.Add(4);
        growing.ShouldBe([3, 1, 2, 4]);
        Bind<HashSet<int>>(serializer, new HashSet<int> { 1 }).ShouldBe([1]);
        Bind<HashSet<Point>>(serializer, new HashSet<Point> { new(1, "a") }).ShouldBe([new Point(1, "a")]);
        Bind<HashSet<string?>>(serializer, new HashSet<string?> { "a", null }).ShouldBe(["a", null], ignoreOrder: true);
        Bind<ISet<int>>(serializer, numbers).ShouldBe(numbers, ignoreOrder: true);
        Bind<IReadOnlySet<int>>(serializer, numbers).ShouldBe(numbers, ignoreOrder: true);
        Bind<SortedSet<int>>(serializer, new SortedSet<int>(numbers)).ShouldBe([1, 2, 3]);
        Bind<FrozenSet<int>>(serializer, numbers.ToFrozenSet()).ShouldBe(numbers, ignoreOrder: true);
        Bind<ImmutableArray<int>>(serializer, numbers.ToImmutableArray()).ShouldBe(numbers);
        Bind<ImmutableList<int>>(serializer, numbers.ToImmutableList()).ShouldBe(numbers);
        Bind<IImmutableList<int>>(serializer, numbers).ShouldBe(numbers);
        Bind<ImmutableHashSet<int>>(serializer, numbers.ToImmutableHashSet()).ShouldBe(numbers, ignoreOrder: true);
        Bind<ImmutableSortedSet<int>>(serializer, numbers.ToImmutableSortedSet()).ShouldBe([1, 2, 3]);
        Bind<ImmutableQueue<int>>(serializer, ImmutableQueue.Create(numbers)).ShouldBe(numbers);
        Bind<ImmutableStack<int>>(serializer, ImmutableStack.Create(numbers)).ToArray().ShouldBe([2, 1, 3]);
        Bind<Queue<int>>(serializer, new Queue<int>(numbers)).ShouldBe(numbers);
        Bind<Stack<int>>(serializer, new Stack<int>(numbers)).ShouldBe([2, 1, 3]);
        Bind<ConcurrentStack<int>>(serializer, new ConcurrentStack<int>(numbers)).ShouldBe([2, 1, 3]);
        Bind<ConcurrentQueue<int>>(serializer, new ConcurrentQueue<int>(numbers)).ShouldBe(numbers);
        Bind<LinkedList<int>>(serializer, new LinkedList<int>(numbers)).ShouldBe(numbers);
        Bind<ReadOnlyCollection<int>>(serializer, numbers.AsReadOnly()).ShouldBe(numbers);
        Bind<ObservableCollection<int>>(serializer, new ObservableCollection<int>(numbers)).ShouldBe(numbers);
        Bind<Numbers>(serializer, new Numbers { 1, 2 }).ShouldBe([1, 2]);
        Bind<int[][]>(serializer, new int[][] { [1], [], [2, 3] }).ShouldBe([[1], [], [2, 3]]);
        Bind<int[,]>(serializer, new[,] { { 1, 2, 3 }, { 4, 5, 6 } }).ShouldBe(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Bind<int[,,]>(serializer, new int[2, 1, 2] { { { 1, 2 } }, { { 3, 4 } } }).ShouldBe(new int[2, 1, 2] { { { 1, 2 } }, { { 3, 4 } } });
        Bind<int[,]>(serializer, new int[0, 0]).Length.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Dictionaries_come_back_as_their_types(string serializer)
    {
        var map = new Dictionary<string, decimal> { ["b"] = 1.50m, ["a"] = 2 };
        Bind<Dictionary<string, decimal>>(serializer, map).ShouldBe(map);
        Bind<IReadOnlyDictionary<string, Point>>(serializer, new Dictionary<string, Point> { ["a"] = new(1, "x") })["a"].ShouldBe(new Point(1, "x"));
        Bind<IDictionary<string, decimal>>(serializer, map).ShouldBe(map);
        Bind<SortedDictionary<string, decimal>>(serializer, new SortedDictionary<string, decimal>(map)).Keys.ShouldBe(["a", "b"]);
        Bind<SortedList<string, decimal>>(serializer, map).Keys.ShouldBe(["a", "b"]);
        Bind<OrderedDictionary<string, decimal>>(serializer, new OrderedDictionary<string, decimal>(map)).Keys.ShouldBe(["b", "a"]);
        Bind<ConcurrentDictionary<string, decimal>>(serializer, map).ShouldBe(map, ignoreOrder: true);
        Bind<ReadOnlyDictionary<string, decimal>>(serializer, map.AsReadOnly()).ShouldBe(map);
        Bind<ImmutableDictionary<string, decimal>>(serializer, map.ToImmutableDictionary()).ShouldBe(map, ignoreOrder: true);
        Bind<IImmutableDictionary<string, decimal>>(serializer, map).ShouldBe(map, ignoreOrder: true);
        Bind<ImmutableSortedDictionary<string, decimal>>(serializer, map).Keys.ShouldBe(["a", "b"]);
        Bind<FrozenDictionary<string, decimal>>(serializer, map.ToFrozenDictionary()).ShouldBe(map, ignoreOrder: true);
        Bind<Prices>(serializer, new Prices { ["a"] = 1.50m }).ShouldBe(new Prices { ["a"] = 1.50m });
        Bind<List<KeyValuePair<string, decimal>>>(serializer, map).ShouldBe(map);
        Bind<List<KeyValuePair<string, decimal>>>(serializer, map.ToList()).ShouldBe(map);
        Bind<Dictionary<string, object?>>(serializer, new Dictionary<string, object?> { ["a"] = 1, ["b"] = new List<int> { 2 } })["b"].ShouldBe(new List<object?> { 2L });
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
        Keys((Half)0.5);
        Keys(0.1m, 12.30m);
        Keys(true, false);
        Keys('x', '1');
        Keys("1", "x", "true", "[1]");
        Keys(DayOfWeek.Friday);
        Keys(Guid.NewGuid());
        Keys(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)));
        Keys(new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Unspecified));
        Keys(new DateOnly(2026, 1, 2));
        Keys(new TimeOnly(3, 4, 5, 678));
        Keys(TimeSpan.FromMilliseconds(90_001));
        Keys((1, "a\"b"), (2, "c"));
        Keys((1, (true, 2.5m)), (1, (false, 2.5m)));
        Keys(new Complex(1, 2));
        Keys(new Uri("http://nvie.com/a"));

        void Keys<T>(params T[] keys)
            where T : notnull
        {
            Dictionary<T, string> map = keys.ToDictionary(key => key, key => key.ToString()!);
            Bind<Dictionary<T, string>>(serializer, map).ShouldBe(map, typeof(T).Name);
        }
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Json_values_stay_what_they_are(string serializer)
    {
        const string Text = """{"a":[1,2.5,null,true,"x"]}""";
        Bind<JsonElement>(serializer, JsonElement.Parse(Text)).GetRawText().ShouldBe(Text);
        Bind<JsonNode>(serializer, JsonNode.Parse(Text)).ToJsonString().ShouldBe(Text);
        Bind<JsonObject>(serializer, JsonNode.Parse(Text))["a"]!.AsArray().Count.ShouldBe(5);
        using JsonDocument document = Bind<JsonDocument>(serializer, JsonDocument.Parse(Text));
        document.RootElement.GetRawText().ShouldBe(Text);
        Bind<JsonElement>(serializer, null).ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void What_is_of_the_type_already_is_not_copied()
    {
        object list = new List<object?> { 1L };
        DataBinder.Bind(list, typeof(List<object?>)).ShouldBeSameAs(list);
        DataBinder.Bind(list, typeof(object)).ShouldBeSameAs(list);
        DataBinder.Bind(list, typeof(System.Collections.IList)).ShouldBeSameAs(list);
        object map = new OrderedDictionary<object, object?> { [DBNull.Value] = 1L };
        DataBinder.Bind(map, typeof(object)).ShouldBeSameAs(map);
        object text = "text";
        DataBinder.Bind(text, typeof(string)).ShouldBeSameAs(text);
    }

    [Fact]
    public void Binding_a_whole_number_or_a_text_makes_nothing_but_the_number()
    {
        object five = 5L, text = "text";
        DataBinder.Bind(five, typeof(int));
        DataBinder.Bind(five, typeof(long));
        DataBinder.Bind(text, typeof(string));
        // The least of some: the runtime itself makes something now and then.
        Enumerable.Range(0, 5).Min(_ => Allocated()).ShouldBeLessThanOrEqualTo(24_000);

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                DataBinder.Bind(five, typeof(int));
                DataBinder.Bind(five, typeof(long));
                DataBinder.Bind(text, typeof(string));
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    internal static void RoundTrip<T>(string serializer, T value) => Bind<T>(serializer, value).ShouldBe(value);

    internal static T Bind<T>(string serializer, object? value)
    {
        JobSerializer format = serializer == "json" ? JobSerializer.Json : JobSerializer.Pickle;
        byte[] bytes = format.Serialize(DataTree.From(value));
        JobSerializer.Of(bytes).ShouldBe(format);
        return (T)DataBinder.Bind(format.Deserialize(bytes), typeof(T))!;
    }

    public sealed record Point(int X, string Direction);

    public sealed class Numbers : Collection<int>;

    public sealed class Prices : Dictionary<string, decimal>;
}
