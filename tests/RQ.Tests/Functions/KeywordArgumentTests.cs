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

    private static string Misfit(Delegate method, object?[] arguments, params (string Name, object? Value)[] named) =>
        Should.Throw<DataBindingException>(() => Bind(method, arguments, named)).Message;

    private static class Targets
    {
        public static void Plain(int userId, string userName, bool @class = false) => _ = (userId, userName, @class);

        public static void Rest(string separator, params int[] numbers) => _ = (separator, numbers);

        public static void KeywordOnly([PythonKeyword("sep")] string separator = ",", params int[] numbers) => _ = (separator, numbers);

        public static void NeedsKeyword(int x, [PythonKeyword] int value) => _ = (x, value);

        public static void Others(int userId, string userName, [PythonKwargs] IReadOnlyDictionary<string, object?> others) => _ = (userId, userName, others);
    }
}
