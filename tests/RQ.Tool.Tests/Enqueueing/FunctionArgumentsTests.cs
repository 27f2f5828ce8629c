using RQ.Tool.Enqueueing;

namespace RQ.Tool.Tests.Enqueueing;

/// <summary>CLI_7: the arguments of <c>rq enqueue</c>. What is expected was seen with rq 1.13's <c>parse_function_args</c>.</summary>
public class FunctionArgumentsTests
{
    [Theory]
    [InlineData("f", "f()")]
    [InlineData("f", "f('text')", "text")]
    [InlineData("f", "f('')", "")]
    [InlineData("f", "f('=x')", "=x")]
    [InlineData("f", "f(1, -2.5, None, True, 'a', [1, {'b': 2}])", ":1", ":-2.5", ":null", ":true", ":\"a\"", ":[1, {\"b\": 2}]")]
    [InlineData("f", "f(None, (1, 'x'), {1: b'\\x00'})", "%None", "%(1, 'x')", "%{1: b'\\x00'}")]
    [InlineData("f", "f(a='1', b=1, c=(2,))", "a=1", "b:=1", "c%=(2,)")]
    [InlineData("f", "f(a='b=c')", "a=b=c")]
    [InlineData("f", "f(a='')", "a=")]
    [InlineData("f", "f(a:b:='1')", "a:b:=1")]
    [InlineData("f", "f('x', a='1')", "a=1", "x")]
    [InlineData("f", "f(a='1', b='2')", "b=2", "a=1")]
    [InlineData("f", "f(123456789012345678901234567890)", ":123456789012345678901234567890")]
    public void Reads_what_RQ_reads_CLI_7(string function, string call, params string[] arguments) =>
        FunctionArguments.ToCall(function, arguments).ToString().ShouldBe(call);

    [Fact]
    public void The_call_is_not_cut_CLI_7()
    {
        string text = new('x', 200);

        FunctionArguments.ToCall("f", [text]).ToString().ShouldBe($"f('{text}')");
    }

    [Fact]
    public void A_value_may_come_from_a_file_CLI_7()
    {
        using var directory = new TemporaryDirectory();
        string text = directory.File("text", "line\n"), json = directory.File("json", "[1]"), literal = directory.File("literal", "(1,)");

        FunctionArguments.ToCall("f", [$"@{text}", $":@{json}", $"a%=@{literal}", $"b=@{text}"]).ToString()
            .ShouldBe("f('line\\n', [1], a=(1,), b='line\\n')");
    }

    [Theory]
    [InlineData("argument 2 as JSON", "x", ":{")]
    [InlineData("'a' as JSON", "a:=")]
    [InlineData("argument 1 as a Python literal", "%f()")]
    [InlineData("'a' as a Python literal", "a%=")]
    [InlineData("'a' is given more than once", "a=1", "a:=2")]
    [InlineData("/no/such/file", "@/no/such/file")]
    public void What_cannot_be_read_is_named_CLI_7(string told, params string[] arguments) =>
        Should.Throw<UsageException>(() => FunctionArguments.ToCall("f", arguments)).Message.ShouldContain(told);
}
