namespace RQ.Tool.Tests;

public class TimeTextTests
{
    [Theory]
    [InlineData("90", 90)]
    [InlineData(" 90 ", 90)]
    [InlineData("30s", 30)]
    [InlineData("23M", 23 * 60)]
    [InlineData("1h", 3600)]
    [InlineData("2D", 2 * 86400)]
    [InlineData("0", 0)]
    public void Reads_RQs_notation(string text, int seconds) =>
        TimeText.Parse(text, "--ttl", allowZero: true).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void Minus_one_is_no_limit() => TimeText.Parse("-1", "--ttl", allowZero: false).ShouldBe(Timeout.InfiniteTimeSpan);

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("1.5")]
    [InlineData("1w")]
    [InlineData("1h30m")]
    [InlineData("-2")]
    [InlineData("-1h")]
    [InlineData("99999999999999999999d")]
    public void Refuses_what_is_no_duration(string text) => Should.Throw<UsageException>(() => TimeText.Parse(text, "--ttl", allowZero: true));

    [Fact]
    public void Refuses_zero_where_it_means_nothing() => Should.Throw<UsageException>(() => TimeText.Parse("0s", "--timeout", allowZero: false));
}
