using RQ.Tool.Cron;

namespace RQ.Tool.Tests.Cron;

public class EditSettingsTests
{
    private static readonly CronSchedule s_daily = new()
    {
        Name = "n", Call = JobCall.To("f"), Cron = "0 9 * * *", TimeZone = "Europe/Berlin", Queue = "low", EndsAt = DateTimeOffset.UnixEpoch, Options = new JobOptions { Ttl = TimeSpan.FromHours(1) },
    };

    [Fact]
    public void Only_what_is_given_changes()
    {
        Change("--cron", "0 10 * * *").ShouldBe(s_daily with { Cron = "0 10 * * *" });
        Change("--time-zone", "UTC").ShouldBe(s_daily with { TimeZone = "UTC" });
        Change("--interval", "5m").ShouldBe(s_daily with { Cron = null, Interval = TimeSpan.FromMinutes(5) });
        Change("--queue", "high", "--jitter", "30", "--overlap", "skip", "--missed-runs", "5").ShouldBe(
            s_daily with { Queue = "high", Jitter = TimeSpan.FromSeconds(30), Overlap = CronOverlap.Skip, MissedRuns = MissedRuns.RunAll(5) });
        Change("--ends-at", "none", "--starts-at", "2026-12-24T09:00:00+01:00").ShouldBe(
            s_daily with { EndsAt = null, StartsAt = new DateTimeOffset(2026, 12, 24, 8, 0, 0, TimeSpan.Zero) });
    }

    [Theory]
    [InlineData("--interval", "soon")]
    [InlineData("--interval", "-1")]
    [InlineData("--interval", "0")]
    [InlineData("--jitter", "-1")]
    [InlineData("--overlap", "maybe")]
    [InlineData("--missed-runs", "all")]
    [InlineData("--starts-at", "tomorrow")]
    [InlineData("--ends-at", "2026-12-24T09:00:00")]
    public void What_cannot_be_names_the_option(string option, string value) =>
        Should.Throw<UsageException>(() => Change(option, value)).Message.ShouldContain(option);

    private static CronSchedule Change(params string[] options) => CommandLine.Read<EditSettings>(["n", .. options]).Change(s_daily);
}
