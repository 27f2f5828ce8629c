using System.Linq.Expressions;
using RQ.Functions;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

/// <summary>How the arguments of a call that Python made come to the parameters of a method.</summary>
public class KeywordArgumentTests
{
    [Fact]
    public void Names_are_pythons_or_ours()
    {
        Bind(Targets.Plain, [1], ("user_name", "Ann")).ShouldBe([1, "Ann", false]);
        Bind(Targets.Plain, [], ("userName", "Ann"), ("user_id", 1), ("class", true)).ShouldBe([1, "Ann", true]);
    }

    [Fact]
    public void Positional_arguments_beyond_the_named_ones_go_into_the_rest()
    {
        Bind(Targets.Rest, [";", 1, 2, 3]).ShouldBe([";", new[] { 1, 2, 3 }]);
        Bind(Targets.Rest, [], ("numbers", new List<object?> { 4L }), ("separator", ";")).ShouldBe([";", new[] { 4 }]);
        Bind(Targets.Rest, [";"]).ShouldBe([";", Array.Empty<int>()]);
    }

    [Fact]
    public void A_params_collection_comes_as_a_lambda_has_stored_it()
    {
        var numbers = new HashSet<int> { 1, 2 };
        var texts = new HashSet<string> { "a", "b" };
        foreach (JobSerializer serializer in (JobSerializer[])[JobSerializer.Pickle, JobSerializer.Json])
        {
            Sent(serializer, Targets.Bytes, () => Targets.Bytes(1, 2)).ShouldBe(new byte[] { 1, 2 });
            Sent(serializer, Targets.Bytes, () => Targets.Bytes()).ShouldBe(Array.Empty<byte>());
            Sent(serializer, Targets.Set, () => Targets.Set(numbers)).ShouldBeOfType<HashSet<int>>().ShouldBe(numbers, ignoreOrder: true);
            Sent(serializer, Targets.Texts, () => Targets.Texts(texts)).ShouldBeAssignableTo<IEnumerable<string>>()!.ShouldBe(texts, ignoreOrder: true);
            Sent(serializer, Targets.Letters, () => Targets.Letters("abc")).ShouldBeAssignableTo<IEnumerable<char>>()!.ShouldBe("abc");
            Sent(serializer, Targets.Numbers, () => Targets.Numbers(null!)).ShouldBeNull();
        }
    }

    [Fact]
    public void What_is_no_collection_of_the_items_is_one_of_them()
    {
        Bind(Targets.Bytes, [1, 2]).ShouldBe([new byte[] { 1, 2 }]);
        Bind(Targets.Bytes, [1]).ShouldBe([new byte[] { 1 }]);
        var set = new HashSet<object> { 1L };
        ((object?[])Bind(Targets.Objects, [set])[0]!).ShouldHaveSingleItem().ShouldBe(set);
        ((HashSet<int>[])Bind(Targets.Sets, [set])[0]!).ShouldHaveSingleItem().ShouldBe([1]);
        ((object?[])Bind(Targets.Objects, [new byte[] { 1 }])[0]!).ShouldHaveSingleItem().ShouldBe(new byte[] { 1 });
        ((object?[])Bind(Targets.Objects, [null])[0]!).ShouldBe([null]);
    }

    [Fact]
    public void The_default_of_a_nullable_enum_is_one_of_its_members()
    {
        var function = new JobFunction("f", ((Delegate)Targets.Defaults).Method);
        object?[] bound = Bind(Targets.Defaults, []);
        bound.ShouldBe([DayOfWeek.Friday, DayOfWeek.Monday, null, 5]);
        function.Invoke(bound, null).ShouldBe("Friday Monday  5");
    }

    [Fact]
    public void A_keyword_only_parameter_takes_no_positional_argument()
    {
        Bind(Targets.KeywordOnly, [1, 2, 3]).ShouldBe([",", new[] { 1, 2, 3 }]);
        Bind(Targets.KeywordOnly, [1, 2, 3], ("sep", ";")).ShouldBe([";", new[] { 1, 2, 3 }]);
        Misfit(Targets.NeedsKeyword, [1]).ShouldContain("the argument 'value', which is passed by name, is missing");
    }

    [Fact]
    public void Other_keywords_are_collected_where_a_parameter_takes_them()
    {
        object?[] bound = Bind(Targets.Others, [1], ("user_name", "Ann"), ("size", 2), ("nested", new Dictionary<object, object?> { ["a"] = 1L }));
        bound[..2].ShouldBe([1, "Ann"]);
        var others = (IReadOnlyDictionary<string, object?>)bound[2]!;
        others["size"].ShouldBe(2L);
        ((System.Collections.IDictionary)others["nested"]!)["a"].ShouldBe(1L);
        ((IReadOnlyDictionary<string, object?>)Bind(Targets.Others, [1, "Ann"])[2]!).ShouldBeEmpty();
    }

    [Fact]
    public void What_does_not_fit_is_said_in_words_of_the_call()
    {
        Misfit(Targets.Plain, [1, "Ann", true, 4]).ShouldContain("'f' cannot be called with f(1, 'Ann', True, 4): it takes 3 positional arguments, 4 were given");
        Misfit(Targets.Plain, [1, "Ann"], ("colour", "red")).ShouldContain("it has no argument 'colour'. It is declared as Plain(Int32 userId, String userName, Boolean class)");
        Misfit(Targets.Plain, [1, "Ann"], ("user_id", 2)).ShouldContain("the argument 'user_id' was given twice");
        Misfit(Targets.Others, [1, "Ann"], ("user_id", 2)).ShouldContain("the argument 'user_id' was given twice");
        Misfit(Targets.Plain, [1]).ShouldContain("the argument 'userName' is missing");
    }

    [Fact]
    public void A_lambda_stores_by_name_what_is_passed_by_name()
    {
        JobCall call = JobCall.FromExpression(() => Targets.KeywordOnly(";", 1, 2));
        call.Arguments.Count.ShouldBe(1);
        call.KeywordArguments["sep"].ShouldBe(";");
        var function = new JobFunction("f", ((Delegate)Targets.KeywordOnly).Method);
        function.Bind(CallData.Read(CallData.Write(call, JobSerializer.Pickle), null), null!).ShouldBe([";", new[] { 1, 2 }]);
    }

    private static object?[] Bind(Delegate method, object?[] arguments, params (string Name, object? Value)[] named)
    {
        var function = new JobFunction("f", method.Method);
        var call = CallData.Read(CallData.Write(JobCall.To("f", arguments, named.ToDictionary(pair => pair.Name, pair => pair.Value)), JobSerializer.Pickle), null);
        return function.Bind(call, null!);
    }

    private static object? Sent(JobSerializer serializer, Delegate method, Expression<Action> lambda) =>
        new JobFunction("f", method.Method).Bind(CallData.Read(CallData.Write(JobCall.FromExpression(lambda), serializer), null), null!).ShouldHaveSingleItem();

    private static string Misfit(Delegate method, object?[] arguments, params (string Name, object? Value)[] named) =>
        Should.Throw<DataBindingException>(() => Bind(method, arguments, named)).Message;

    private static class Targets
    {
        public static void Plain(int userId, string userName, bool @class = false) => _ = (userId, userName, @class);

        public static void Rest(string separator, params int[] numbers) => _ = (separator, numbers);

        public static void Bytes(params byte[] bytes) => _ = bytes;

        public static void Set(params HashSet<int> numbers) => _ = numbers;

        public static void Sets(params HashSet<int>[] sets) => _ = sets;

        public static void Texts(params IEnumerable<string> texts) => _ = texts;

        public static void Letters(params IEnumerable<char> letters) => _ = letters;

        public static void Numbers(params int[] numbers) => _ = numbers;

        public static void Objects(params object?[] items) => _ = items;

        public static string Defaults(DayOfWeek? day = DayOfWeek.Friday, DayOfWeek other = DayOfWeek.Monday, DayOfWeek? none = null, int? number = 5) => $"{day} {other} {none} {number}";

        public static void KeywordOnly([PythonKeyword("sep")] string separator = ",", params int[] numbers) => _ = (separator, numbers);

        public static void NeedsKeyword(int x, [PythonKeyword] int value) => _ = (x, value);

        public static void Others(int userId, string userName, [PythonKwargs] IReadOnlyDictionary<string, object?> others) => _ = (userId, userName, others);
    }
}
