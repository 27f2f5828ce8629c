using RQ.Redis;
using Shouldly;
using Xunit;

namespace RQ.Tests.Redis;

public class RqTimeTests
{
    private static readonly DateTimeOffset s_time = new DateTimeOffset(2026, 11, 25, 10, 26, 33, TimeSpan.Zero).AddTicks(5180320);

    [Fact]
    public void Timestamps_have_six_digits_and_a_Z()
    {
        RqTime.Timestamp(s_time).ShouldBe("2026-11-25T10:26:33.518032Z");
        RqTime.Timestamp(new DateTimeOffset(2026, 1, 2, 4, 4, 5, TimeSpan.FromHours(1))).ShouldBe("2026-01-02T03:04:05.000000Z");
        RqTime.Timestamp(DateTimeOffset.MinValue).ShouldBe("0001-01-01T00:00:00.000000Z");
        RqTime.Timestamp(DateTimeOffset.MaxValue).ShouldBe("9999-12-31T23:59:59.999999Z");
    }

    [Theory]
    [InlineData("2026-11-25T10:26:33.518032Z", 5180320)]
    [InlineData("2026-11-25T10:26:33.5Z", 5000000)]
    [InlineData("2026-11-25T10:26:33Z", 0)]
    [InlineData("2026-11-25T10:26:33", 0)]
    public void Timestamps_of_every_age_are_read(string text, long ticks) =>
        RqTime.ParseTimestamp(text).ShouldBe(new DateTimeOffset(2026, 11, 25, 10, 26, 33, TimeSpan.Zero).AddTicks(ticks));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("yesterday")]
    public void Unreadable_timestamps_are_none(string? text) => RqTime.ParseTimestamp(text).ShouldBeNull();

    [Theory]
    [InlineData(0, "1795602393.0")]
    [InlineData(5719400, "1795602393.57194")]
    [InlineData(5180320, "1795602393.518032")]
    public void Unix_times_are_written_as_python_prints_floats(long ticks, string text)
    {
        DateTimeOffset time = new DateTimeOffset(2026, 11, 25, 10, 26, 33, TimeSpan.Zero).AddTicks(ticks);
        RqTime.Unix(time).ShouldBe(text);
        RqTime.ParseUnix(text).ShouldBe(time);
    }

    [Theory]
    [InlineData("1795602393571")]
    [InlineData("-1795602393571")]
    [InlineData("253402300800")]
    [InlineData("70000000000000000000000000")]
    [InlineData("1e300")]
    [InlineData("inf")]
    [InlineData("soon")]
    [InlineData(null)]
    public void Unix_times_that_no_calendar_has_are_none(string? text) => RqTime.ParseUnix(text).ShouldBeNull();

    [Fact]
    public void Durations_are_whole_seconds_rounded_up()
    {
        RqTime.Seconds(TimeSpan.FromMilliseconds(1500)).ShouldBe(2);
        RqTime.Seconds(TimeSpan.Zero).ShouldBe(0);
        RqTime.Seconds(Timeout.InfiniteTimeSpan).ShouldBe(-1);
        RqTime.FromSeconds(-1).ShouldBe(Timeout.InfiniteTimeSpan);
    }

    [Theory]
    [InlineData(0.108709, "0:00:00.108709")]
    [InlineData(61, "0:01:01")]
    [InlineData(90061.5, "1 day, 1:01:01.500000")]
    public void Durations_read_as_in_python(double seconds, string text) => RqTime.PythonDuration(TimeSpan.FromSeconds(seconds)).ShouldBe(text);
}
