using System.Numerics;
using System.Text;
using System.Text.Json;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Tests.Serialization;

/// <summary>Data that was read is data again: nothing that Python wrote turns into something else on the way.</summary>
public class DataTreeTests
{
    [Fact]
    public void Tuples_sets_and_their_keys_stay_what_they_are()
    {
        object? data = new OrderedDictionary<object, object?>
        {
            ["tuple"] = new object?[] { 1L, new object?[] { "x" }, new List<object?> { 2L } },
            [new object?[] { 1L, 2L }] = "tuple as key",
            ["set"] = new HashSet<object> { new object?[] { 1L, "a" }, 5L },
            ["frozen"] = Frozen("a", DBNull.Value),
            [Frozen(1L)] = "frozen set as key",
        };
        string before = ShownValue.Of(PickleReader.Read(PickleWriter.Write(data)));
        object? again = DataTree.From(PickleReader.Read(PickleWriter.Write(data)));
        ShownValue.Of(PickleReader.Read(PickleWriter.Write(again))).ShouldBe(before);
        var map = again.ShouldBeOfType<OrderedDictionary<object, object?>>();
        map["tuple"].ShouldBeOfType<object?[]>()[1].ShouldBeOfType<object?[]>();
        map["frozen"].ShouldBeOfType<PickleFrozenSet>();
        map["set"].ShouldBeOfType<HashSet<object>>().Any(item => item is object?[]).ShouldBeTrue();
        DataTree.IsData(data).ShouldBeTrue();
    }

    [Fact]
    public void Values_of_an_object_array_are_converted_within_the_tuple()
    {
        DataTree.From(new object?[] { 'x', new DataBinderObjectTests.Size(1, 2) }).ShouldBeOfType<object?[]>()[0].ShouldBe("x");
        DataTree.From(new[] { "a" }).ShouldBeOfType<List<object?>>();
        DataTree.From(new[] { 1 }).ShouldBeOfType<List<object?>>();
    }

    [Fact]
    public void What_was_put_into_data_shows()
    {
        DataTree.IsData(new List<object?> { new DataBinderObjectTests.Size(1, 2) }).ShouldBeFalse();
        DataTree.IsData(new object?[] { new List<int>() }).ShouldBeFalse();
        DataTree.IsData(new OrderedDictionary<object, object?> { ["a"] = new Uri("/a", UriKind.Relative) }).ShouldBeFalse();
        var itself = new List<object?>();
        itself.Add(itself);
        DataTree.IsData(itself).ShouldBeFalse();
    }

    [Fact]
    public void Keys_that_are_one_in_python_are_refused()
    {
        foreach (object other in new object[] { true, 1.0, 1L, 1m, (byte)1, BigInteger.One })
            Should.Throw<ArgumentException>(() => DataTree.From(new Dictionary<object, object?> { [1] = "a", [other] = "b" })).Message.ShouldContain("in Python");
        Should.Throw<ArgumentException>(() => DataTree.From(new Dictionary<object, object?> { [new object?[] { 1 }] = "a", [new object?[] { 1L }] = "b" }));
        ((OrderedDictionary<object, object?>)DataTree.From(new Dictionary<object, object?> { [1] = 1, [1.5] = 2, ["1"] = 3, [0] = 4, [Half.Epsilon] = 5, [2.5m] = 6, [Guid.Empty] = 7 })!).Count.ShouldBe(7);
    }

    [Fact]
    public void Tuples_and_complex_numbers_that_System_Text_Json_wrote_are_read()
    {
        DataBinder.Bind(Json("""{"Item1":1,"Item2":"a"}"""), typeof((int, string))).ShouldBe((1, "a"));
        DataBinder.Bind(Json("""{"Item1":1,"Item2":"a"}"""), typeof(Tuple<int, string>)).ShouldBe(Tuple.Create(1, "a"));
        var options = new JsonSerializerOptions { IncludeFields = true };
        (int, int, int, int, int, int, int, string, decimal) many = (1, 2, 3, 4, 5, 6, 7, "eight", 9.5m);
        DataBinder.Bind(Json(JsonSerializer.Serialize(many, options)), many.GetType()).ShouldBe(many);
        DataBinder.Bind(Json(JsonSerializer.Serialize(new Complex(1, -2.5), options)), typeof(Complex)).ShouldBe(new Complex(1, -2.5));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_key_is_kept()
    {
        var data = new OrderedDictionary<object, object?> { ["a"] = 1L, ["\ud800"] = new List<object?> { double.NaN, "\udc00" }, ["\udc00\"\n"] = 2L, ["z"] = new OrderedDictionary<object, object?> { ["\ud801"] = null } };
        byte[] bytes = JobSerializer.Json.Serialize(data);
        ShownValue.Of(JobSerializer.Json.Deserialize(bytes)).ShouldBe(ShownValue.Of(data));
        Encoding.UTF8.GetString(bytes).ShouldBe("""{"a":1,"\ud800":[NaN,"\udc00"],"\udc00\u0022\u000a":2,"z":{"\ud801":null}}""");
    }

    [Fact]
    public void Values_of_256_levels_go_through_json_and_of_more_are_refused()
    {
        string text = new string('[', 256) + new string(']', 256);
        object? data = Json(text);
        Encoding.UTF8.GetString(JobSerializer.Json.Serialize(DataTree.From(data))).ShouldBe(text);
        ((JsonElement)DataBinder.Bind(data, typeof(JsonElement))!).GetRawText().ShouldBe(text);
        var deeper = new List<object?> { data };
        Should.Throw<ArgumentException>(() => DataTree.From(deeper)).Message.ShouldContain("256 levels");
        Should.Throw<ArgumentException>(() => JobSerializer.Json.Serialize(deeper)).Message.ShouldContain("256 levels");
        Should.Throw<DataBindingException>(() => DataBinder.Bind(deeper, typeof(JsonElement))).Message.ShouldContain("256 levels");
    }

    private static object? Json(string text) => JobSerializer.Json.Deserialize(Encoding.UTF8.GetBytes(text));

    private static PickleFrozenSet Frozen(params object[] items)
    {
        var set = new PickleFrozenSet();
        set.UnionWith(items);
        return set;
    }
}
