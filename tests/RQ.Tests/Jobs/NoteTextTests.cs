using RQ.Jobs;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

public class NoteTextTests
{
    private static readonly DateTimeOffset s_at = new(2026, 11, 25, 10, 0, 0, 123, TimeSpan.Zero);

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData(" two  words\nand a line ")]
    public void A_line_comes_back_as_it_was(string text)
    {
        var line = new JobLogLine(s_at, text, new string('a', 32));
        LogLineText.Read(LogLineText.Write(line, 5)).ShouldBe(line);
        LogLineText.Write(line, 5).ShouldBe($"{new string('a', 32)} 5 2026-11-25T10:00:00.123000Z {text}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b c d")]
    public void What_is_no_line_is_passed_over(string? text) => LogLineText.Read(text).ShouldBeNull();

    [Fact]
    public void Long_lines_are_cut_between_characters()
    {
        LogLineText.Cut(new string('x', 4096)).Length.ShouldBe(4096);
        LogLineText.Cut(new string('x', 4097)).Length.ShouldBe(4096);
        LogLineText.Cut("x" + string.Concat(Enumerable.Repeat("😀", 2000))).Length.ShouldBe(1 + 2 * 1023);
    }

    [Fact]
    public void Progress_comes_back_as_it_was()
    {
        var progress = new JobProgress(0.25, "a \"quarter\"", s_at);
        ProgressText.Read(ProgressText.Write(progress)).ShouldBe(progress);
        ProgressText.Write(new JobProgress(1, null, s_at)).ShouldBe("""{"fraction":1,"text":null,"at":"2026-11-25T10:00:00.123000Z"}""");
        foreach (string? broken in new[] { null, "", "{", "[]", "{}", """{"fraction":"x"}""" })
            ProgressText.Read(broken).ShouldBeNull();
    }
}
