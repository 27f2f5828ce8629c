using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Numerics;
using RQ.Functions;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Data that nobody sends by accident: deep, large by reference, or with names without an end.</summary>
public class DataBinderHostileTests
{
    [Fact]
    public void Rows_are_looked_at_before_a_grid_is_made()
    {
        List<object?> empty = [], long1 = [.. Enumerable.Repeat((object?)1L, 100_000)];
        Refused<int[,]>([long1, .. Enumerable.Repeat<object?>(empty, 99_999)], "same length");
        Refused<int[,]>([.. Enumerable.Repeat<object?>(long1, 100_000)], "more than 10000000 items");
        Refused<byte[,,]>([.. Enumerable.Repeat<object?>(Enumerable.Repeat<object?>(empty, 10_000).ToList<object?>(), 10_000)], "more than 10000000 items");

        static void Refused<T>(List<object?> rows, string reason)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<DataBindingException>(() => DataBinder.Bind(rows, typeof(T))).Message.ShouldContain(reason);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        }
    }

    [Fact]
    public void What_is_too_deep_for_the_stack_is_refused()
    {
        object? data = null;
        for (int i = 0; i < 100_000; i++)
            data = new OrderedDictionary<object, object?> { ["Next"] = data };
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => DataBinder.Bind(data, typeof(DataBinderObjectTests.Node))), 512 * 1024);
        thread.Start();
        thread.Join();
        thrown.ShouldBeOfType<DataBindingException>().Message.ShouldContain("nested too deep");
    }

    [Fact]
    public void Messages_do_not_grow_with_the_data()
    {
        string much = new('_', 1_000_000), letters = new('x', 1_000_000);
        Message<DataBinderObjectTests.Line>((much + "price", "x")).ShouldStartWith("At 'Price': A text does not fit the type Decimal");
        Message<DataBinderObjectTests.Strict>(("Name", "a"), (letters, 1L)).ShouldContain("has no member 'xxx");
        Message<DataBinderObjectTests.Shape>(("$type", letters)).ShouldContain("names no type derived");
        Message<Dictionary<BigInteger, int>>((BigInteger.Pow(10, 200_000), "x")).ShouldBe("At '[a whole number of 664386 bits]': A text does not fit the type Int32.");
        Message<Dictionary<string, int>>((letters, "x")).ShouldContain("x…']");
        Message<Dictionary<string, decimal>>(("a", letters)).ShouldContain("more digits");
        Message<Dictionary<string, decimal>>(("a", letters[..5000])).ShouldStartWith("At '['a']': A text does not fit the type Decimal");
        Message<Dictionary<string, DayOfWeek>>(("a", letters)).ShouldContain("more than 10000 letters");
        Message<Dictionary<string, AttributeTargets>>(("a", new string(',', 10_001))).ShouldContain("more than 10000 letters");
        Message<Dictionary<string, Version>>(("a", letters)).ShouldContain("A text");
        Message<DataBinderObjectTests.Strict>(("Name", "a"), (new object?[] { letters }, 1L)).ShouldContain("has no member A tuple");

        static string Message<T>(params (object Key, object? Value)[] entries)
        {
            string message = Should.Throw<DataBindingException>(() => DataBinderObjectTests.Bind<T>(entries)).Message;
            message.Length.ShouldBeLessThan(1200);
            return message;
        }
    }

    [Fact]
    public void Keys_that_were_chosen_to_collide_are_refused()
    {
        // All of them hash to 0.
        long[] colliding = [.. Enumerable.Range(1, 2000).Select(k => k * ((1L << 32) + 1))];
        Refused<Dictionary<long, int>, long>(colliding);
        Refused<IReadOnlyDictionary<ulong, int>, long>(colliding);
        Refused<FrozenDictionary<long, int>, long>(colliding);
        Refused<ImmutableDictionary<long, int>, long>(colliding);
        Refused<ConcurrentDictionary<long, int>, long>(colliding);
        Refused<Dictionary<object, int>, long>(colliding);
        Refused<Dictionary<TimeSpan, int>, TimeSpan>([.. colliding.Select(TimeSpan.FromTicks)]);
        Refused<HashSet<long>, long>(colliding);
        Refused<IReadOnlySet<long>, long>(colliding);
        Refused<ReadOnlySet<long>, long>(colliding);
        Refused<FrozenSet<long>, long>(colliding);
        Refused<ImmutableHashSet<long>, long>(colliding);
        Refused<OwnSet, long>(colliding);

        // All of them hash to something else, and share a place all the same.
        int places = new HashSet<int>(2000).Capacity;
        int[] apart = [.. Enumerable.Range(1, 2000).Select(k => k * places)];
        Refused<Dictionary<int, int>, int>(apart);
        Refused<HashSet<int>, int>(apart);

        static void Refused<T, TKey>(TKey[] keys)
            where TKey : notnull =>
            Should.Throw<DataBindingException>(() => DataBinder.Bind(CollectionBinder.IsMap(typeof(T)) ? Dict(keys) : Items(keys), typeof(T)))
                .Message.ShouldContain("more than 1000 keys fall into one place of a hash table");
    }

    [Fact]
    public void Keys_that_were_not_chosen_are_taken()
    {
        long[] pairs = [.. Enumerable.Range(0, 10_000).Select(i => ((i / 100L) << 32) | (uint)(i % 100))];
        ((Dictionary<long, int>)DataBinder.Bind(Dict(pairs), typeof(Dictionary<long, int>))!).Count.ShouldBe(10_000);
        ((HashSet<long>)DataBinder.Bind(Items(pairs), typeof(HashSet<long>))!).Count.ShouldBe(10_000);
        int[] row = [.. Enumerable.Range(-50_000, 100_000)];
        ((Dictionary<int, int>)DataBinder.Bind(Dict(row), typeof(Dictionary<int, int>))!).Count.ShouldBe(100_000);
        string[] texts = [.. row.Select(number => number.ToString(CultureInfo.InvariantCulture))];
        ((Dictionary<string, int>)DataBinder.Bind(Dict(texts), typeof(Dictionary<string, int>))!).Count.ShouldBe(100_000);
        // The same one many times is one.
        ((HashSet<long?>)DataBinder.Bind(Enumerable.Repeat((object?)5L, 5000).Append(null).ToList(), typeof(HashSet<long?>))!).ShouldBe([5, null]);
        // A list is no table.
        ((long[])DataBinder.Bind(Enumerable.Range(1, 2000).Select(k => (object?)(k * ((1L << 32) + 1))).ToList(), typeof(long[]))!).Length.ShouldBe(2000);
    }

    private static OrderedDictionary<object, object?> Dict<TKey>(TKey[] keys)
        where TKey : notnull
    {
        OrderedDictionary<object, object?> dict = PickleReader.NewDict();
        foreach (TKey key in keys)
            dict.Add(key, 1L);
        return dict;
    }

    private static List<object?> Items<TKey>(TKey[] keys) => [.. keys.Cast<object?>()];

    public sealed class OwnSet : HashSet<long>;

    [Fact]
    public void A_list_that_grows_is_made_where_the_type_says_so()
    {
        foreach (Type type in new[] { typeof(IList<object?>), typeof(ICollection<object?>), typeof(System.Collections.IList) })
        {
            var list = (IList<object?>)DataBinder.Bind(new object?[] { 1L }, type)!;
            list.Add(2L);
            list.ShouldBe([1L, 2L]);
        }

        var bytes = (IList<byte>)DataBinder.Bind(new byte[] { 1 }, typeof(IList<byte>))!;
        bytes.Add(2);
        bytes.ShouldBe([1, 2]);
    }

    [Fact]
    public void One_dict_is_one_of_the_rest_of_the_arguments_and_one_list_is_all_of_them()
    {
        var one = new OrderedDictionary<object, object?> { ["Name"] = "a", ["Price"] = 1L };
        Rest(one).ShouldBe([new DataBinderObjectTests.Line("a", 1)]);
        Rest(one, one).Length.ShouldBe(2);
        Rest(new List<object?> { one, one }).Length.ShouldBe(2);
        Rest(DataTree.From(new object[] { new DataBinderObjectTests.Line("a", 1), new DataBinderObjectTests.Line("a", 1) })).Length.ShouldBe(2);

        static DataBinderObjectTests.Line[] Rest(params object?[] arguments)
        {
            var function = new JobFunction("rest", ((Func<DataBinderObjectTests.Line[], int>)Count).Method);
            return (DataBinderObjectTests.Line[])function.Bind(new CallData(JobSerializer.Pickle, "rest", false, arguments, new Dictionary<string, object?>()), null!)[0]!;
        }
    }

    private static int Count(params DataBinderObjectTests.Line[] lines) => lines.Length;
}
