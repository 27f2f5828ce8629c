using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>Durations in files and configurations.</summary>
public class ClockTextTests
{
    [Theory]
    [InlineData("00:30:00", 1800)]
    [InlineData("1:00:00", 3600)]
    [InlineData("23:59:59", 86399)]
    [InlineData("24:00:00", 86400)]
    [InlineData("36:00:00", 129600)]
    [InlineData("100:00:01", 360001)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("2.12:00:00", 216000)]
    [InlineData("00:00:01.5", 1.5)]
    public void Hours_are_hours_however_many(string text, double seconds) => ClockText.Clock(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("24:00")]
    [InlineData("00:60:00")]
    [InlineData("1.24:00:00")]
    [InlineData("-1:00:00")]
    [InlineData("1:00:00:00")]
    [InlineData("9999999999:00:00")]
    [InlineData("x:00:00")]
    public void What_is_none_is_refused(string text) => ClockText.Clock(text).ShouldBeNull();
}
