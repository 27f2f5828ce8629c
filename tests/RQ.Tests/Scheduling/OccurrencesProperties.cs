using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using RQ.Scheduling;
using Shouldly;

namespace RQ.Tests.Scheduling;

/// <summary>What holds for all schedules at all times.</summary>
[Properties(Arbitrary = [typeof(OccurrencesProperties)], MaxTest = 300)]
public sealed class OccurrencesProperties
{
    /// <summary>A schedule and a time to look from.</summary>
    public sealed record Case(CronSchedule Schedule, DateTimeOffset Time)
    {
        internal Occurrences Times => new(Schedule, RQ.Tests.Scheduling.Times.At("2024-03-01 12:00:00.25"));

        public override string ToString() => $"'{Schedule.Cron ?? Schedule.Interval.ToString()}' in {Schedule.TimeZone}, {Schedule.StartsAt:O} to {Schedule.EndsAt:O}, at {Time:O}";
    }

    private static readonly string[] s_zones =
    [
        "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Asia/Kathmandu",
        "Pacific/Apia", "America/Nuuk", "Antarctica/Troll",
    ];

    public static Arbitrary<Case> Cases()
    {
        Gen<string> minute = Field(0, 59), hour = Field(0, 23);
        Gen<string> day = Gen.Frequency((6, Gen.Constant("*")), (1, Field(1, 28)), (1, Gen.Elements("L", "LW", "15W")));
        // Never both: many such pairs do not exist.
        Gen<string> weekday = Gen.Frequency((6, Gen.Constant("*")), (1, Field(0, 6)), (1, Gen.Elements("MON-FRI", "5L", "SUN#1")));
        Gen<string> cron = from seconds in Gen.Frequency((4, Gen.Constant("")), (1, Field(0, 59)))
                           from m in minute
                           from h in hour
                           from d in day
                           from w in d == "*" ? weekday : Gen.Constant("*")
                           select $"{seconds} {m} {h} {d} * {w}";
        Gen<DateTimeOffset> instant = from seconds in Gen.Choose(0, 7 * 365 * 86_400)
                                      from ticks in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(1, 9_999_999)))
                                      select Times.At("2020-01-01").AddSeconds(seconds).AddTicks(ticks);
        // Half of all looks are taken near a change of Berlin's clocks, which is near many others'.
        Gen<DateTimeOffset> change = from at in Gen.Elements("2022-03-27 01:00", "2024-03-31 01:00", "2023-10-29 01:00", "2024-04-26 00:00", "2025-03-30 01:00", "2025-04-05 15:00")
                                     from seconds in Gen.Choose(-2 * 86_400, 2 * 86_400)
                                     select Times.At(at).AddSeconds(seconds);
        Gen<CronSchedule> schedule = from zone in Gen.Elements(s_zones)
                                     from expression in Gen.Frequency((5, cron.Select(text => (string?)text)), (1, Gen.Constant((string?)null)))
                                     from interval in Gen.Choose(1, 200_000)
                                     from start in Gen.Frequency((3, Gen.Constant((DateTimeOffset?)null)), (1, instant.Select(time => (DateTimeOffset?)time)))
                                     from end in Gen.Frequency((3, Gen.Constant((DateTimeOffset?)null)), (1, instant.Select(time => (DateTimeOffset?)time)))
                                     select new CronSchedule
                                     {
                                         Name = "report", Call = JobCall.To("reports.daily"), TimeZone = zone, Cron = expression,
                                         Interval = expression is null ? TimeSpan.FromSeconds(interval) : null,
                                         StartsAt = start, EndsAt = end is null || start is null ? end : end.Value.AddYears(7),
                                     };
        return (from one in schedule
                from time in Gen.OneOf(instant, change)
                select new Case(one, time)).ToArbitrary();
    }

    [Property]
    public void Times_increase_strictly_in_whole_seconds_within_start_and_end(Case it)
    {
        DateTimeOffset before = it.Time;
        for (int i = 0; i < 50 && it.Times.After(before) is { } next; i++, before = next)
        {
            next.ShouldBeGreaterThan(before);
            (next.UtcTicks % TimeSpan.TicksPerSecond).ShouldBe(0);
            next.ShouldBeGreaterThanOrEqualTo(it.Schedule.StartsAt ?? DateTimeOffset.MinValue);
            next.ShouldBeLessThanOrEqualTo(it.Schedule.EndsAt ?? DateTimeOffset.MaxValue);
        }
    }

    [Property]
    public void There_is_none_between_a_time_and_the_first_after_it(Case it, PositiveInt part)
    {
        if (it.Times.After(it.Time) is not { } next)
            return;
        DateTimeOffset between = it.Time.AddTicks((long)((next - it.Time).Ticks * (part.Get % 1000 / 1000.0)));
        it.Times.After(between).ShouldBe(next);
        it.Times.From(next).ShouldBe(next);
        it.Times.From(it.Time.AddTicks(1)).ShouldBe(next);
    }

    [Property]
    public void Last_agrees_with_walking_there(Case it, PositiveInt size)
    {
        DateTimeOffset until = it.Time;
        var walked = new List<DateTimeOffset>();
        for (DateTimeOffset? time = it.Times.After(it.Time); walked.Count < size.Get && time is { } next; time = it.Times.After(next))
        {
            walked.Add(next);
            until = next;
        }
        it.Times.Last(int.MaxValue, it.Time, until).ShouldBe(walked);
        it.Times.Last(3, it.Time, until).ShouldBe(walked.TakeLast(3));
    }

    [Property]
    public void A_time_matches_the_clock_of_its_zone_or_ends_a_gap(Case it)
    {
        if (it.Schedule.Cron is null || it.Times.After(it.Time) is not { } next)
            return;
        Zone zone = Zone.Find(it.Schedule.TimeZone)!;
        long instant = next.ToUnixTimeSeconds(), local = instant + zone.Offset(instant);
        bool matches = CronText.Read(it.Schedule.Cron).From(local) == local;
        bool endsGap = zone.Offset(instant) > zone.Offset(instant - 1);
        (matches || endsGap).ShouldBeTrue();
    }

    [Property]
    public void Runs_do_not_overtake_each_other(Case it, PositiveInt jitter)
    {
        if (it.Schedule.Interval is not { } interval || it.Times.After(it.Time) is not { } next)
            return;
        var times = new Case(it.Schedule with { Jitter = interval / (1 + jitter.Get % 3) }, it.Time).Times;
        if (times.After(next) is { } second)
            times.Due(second).ShouldBeGreaterThan(times.Due(next));
    }

    private static Gen<string> Field(int low, int high) => Gen.OneOf(
        Gen.Constant("*"),
        Gen.Choose(low, high).Select(n => $"{n}"),
        Gen.Choose(1, 30).Select(n => $"*/{Math.Min(n, high)}"),
        from a in Gen.Choose(low, high) from b in Gen.Choose(a, high) select $"{a}-{b}",
        from a in Gen.Choose(low, high) from b in Gen.Choose(low, high) select $"{a},{b}");
}
