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
