using RQ.Tool.Terminal;

namespace RQ.Tool.Tests.Terminal;

public class PlainTextTests
{
    [Theory]
    [InlineData("plain\ttext", "plain\ttext")]
    [InlineData("任务 🙈 café", "任务 🙈 café")]
    [InlineData("a\0b", @"a\x00b")]
    [InlineData("a\r\nb", @"a\r\nb")]
    [InlineData("\e[31m", @"\x1b[31m")]
    [InlineData("a\u202eb", @"a\u202eb")]
    public void What_would_steer_the_terminal_is_spelled_out(string text, string shown) => PlainText.Line(text).ShouldBe(shown);

    [Fact]
    public void Half_a_surrogate_pair_is_replaced()
    {
        PlainText.Line("a\ud800b").ShouldBe("a\ufffdb");
        PlainText.Line("\udc00\ud83d\ude48\ud83d").ShouldBe("\ufffd🙈\ufffd");
    }

    [Fact]
    public void Several_lines_stay_several() => PlainText.Lines("a\nb\0").ShouldBe("a\nb\\x00");
}
