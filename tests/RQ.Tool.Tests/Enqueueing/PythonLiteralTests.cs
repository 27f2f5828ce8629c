using System.Numerics;
using RQ.Tool.Enqueueing;

namespace RQ.Tool.Tests.Enqueueing;

public class PythonLiteralTests
{
    [Theory]
    [InlineData("None", null)]
    [InlineData(" True ", true)]
    [InlineData("False", false)]
    [InlineData("0", 0L)]
    [InlineData("000", 0L)]
    [InlineData("1_000", 1000L)]
    [InlineData("-7", -7L)]
    [InlineData("- +7", -7L)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("0xFf", 255L)]
    [InlineData("0o17", 15L)]
    [InlineData("0b101", 5L)]
    [InlineData("1.5", 1.5)]
    [InlineData("1.", 1.0)]
    [InlineData(".5", 0.5)]
    [InlineData("-1e-3", -0.001)]
    [InlineData("1E+2", 100.0)]
    [InlineData("'text'", "text")]
    [InlineData("\"it's\"", "it's")]
    [InlineData("u'x'", "x")]
    [InlineData("'a' \"b\"", "ab")]
    [InlineData("'''a\n'b'''", "a\n'b")]
    [InlineData(@"'\n\t\\\'\x41\u00e9\101\q'", "\n\t\\'AéA\\q")]
    [InlineData(@"'\U0001F648'", "🙈")]
    [InlineData("'a\\\nb'", "ab")]
    [InlineData("(1)", 1L)]
    public void Reads_plain_values(string text, object? value) => PythonLiteral.Parse(text).ShouldBe(value);

    [Fact]
    public void Reads_big_numbers() => PythonLiteral.Parse("9223372036854775808").ShouldBe(BigInteger.Pow(2, 63));

    [Fact]
    public void Reads_bytes() => PythonLiteral.Parse(@"b'a\xff\0'").ShouldBe(new byte[] { (byte)'a', 0xff, 0 });

    [Theory]
    [InlineData("[]", "[]")]
    [InlineData("[1, 'a', ]", "[1, 'a']")]
    [InlineData("()", "()")]
    [InlineData("(1,)", "(1,)")]
    [InlineData("( [1,] )", "[1]")]
    [InlineData("1, 2", "(1, 2)")]
    [InlineData("1,", "(1,)")]
    [InlineData("{}", "{}")]
    [InlineData("{'a': 1, 2: (3, None), }", "{'a': 1, 2: (3, None)}")]
    [InlineData("{'a': 1, 'a': 2}", "{'a': 2}")]
    [InlineData("{(1, 2): 'x', (1, 2): 'y'}", "{(1, 2): 'y'}")]
    public void Reads_collections(string text, string shown) => JobCall.To("f", [PythonLiteral.Parse(text)]).ToString().ShouldBe($"f({shown})");

    [Fact]
    public void Reads_sets() => PythonLiteral.Parse("{1, 2, 1}").ShouldBeOfType<HashSet<object>>().ShouldBe([1L, 2L], ignoreOrder: true);

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("f()")]
    [InlineData("__import__('os')")]
    [InlineData("1 + 1")]
    [InlineData("[1")]
    [InlineData("[1 2]")]
    [InlineData("[,]")]
    [InlineData("(,)")]
    [InlineData("{'a'}:")]
    [InlineData("{'a': }")]
    [InlineData("{'a': 1, 'b'}")]
    [InlineData("{1, 'b': 2}")]
    [InlineData("{[]: 1}")]
    [InlineData("'open")]
    [InlineData("'a\nb'")]
    [InlineData("'\\x4'")]
    [InlineData("b'é'")]
    [InlineData("'a' b'b'")]
    [InlineData("012")]
    [InlineData("1__0")]
    [InlineData("0x")]
    [InlineData("0b2")]
    [InlineData("1e")]
    [InlineData("-'a'")]
    [InlineData("1;")]
    [InlineData("\0")]
    public void Refuses_what_is_no_literal(string text) => Should.Throw<FormatException>(() => PythonLiteral.Parse(text));

    [Fact]
    public void Refuses_what_is_nested_too_deep() => Should.Throw<FormatException>(() => PythonLiteral.Parse(new string('[', 100_000)));
}
