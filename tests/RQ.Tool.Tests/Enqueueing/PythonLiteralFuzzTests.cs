using System.Text;
using RQ.Tests.Fuzzing;
using RQ.Tool.Enqueueing;

namespace RQ.Tool.Tests.Enqueueing;

/// <summary>Whatever stands on a command line or in a file is a literal or is refused.</summary>
public class PythonLiteralFuzzTests
{
    private static readonly string[] s_seeds =
    [
        "{'a': [1, -2.5e3, 0x_ff, 1_000], (1, 'two'): {5, True}, 'b': b'\\x00\\n'}", "'text \\u00e9 \\U0001f680 \\101' \"joined\" '''long\nlong'''", "1, 2, 3", "(1,)", "[[], (), {}, {1}]", "-+-1", "0b1010", "b'a' b\"b\"", "None",
    ];

    [Fact]
    public void Damaged_literals_are_read_or_refused() =>
        Fuzz.Run([.. s_seeds.Select(Encoding.UTF8.GetBytes)], 100_000, bytes => GC.KeepAlive(PythonLiteral.Parse(Encoding.UTF8.GetString(bytes))), typeof(FormatException));

    [Theory]
    [InlineData("-", "1")]
    [InlineData("+ ", "1")]
    [InlineData("[", "")]
    [InlineData("((", "1")]
    [InlineData("{1:", "2")]
    [InlineData("'a' ", "'b'")]
    public void A_million_of_the_same_are_read_or_refused_soon(string again, string end)
    {
        string text = string.Concat(Enumerable.Repeat(again, 1_000_000)) + end;
        try
        {
            GC.KeepAlive(PythonLiteral.Parse(text));
        }
        catch (FormatException)
        {
            // As good as a value.
        }
    }

    [Theory]
    [InlineData("9", "")]
    [InlineData("f", "0x")]
    public void A_number_of_a_million_digits_is_refused(string digit, string begin) =>
        Should.Throw<FormatException>(() => PythonLiteral.Parse(begin + string.Concat(Enumerable.Repeat(digit, 1_000_000)))).Message.ShouldContain("10000 digits");
}
