using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Schedules of methods, stored by the program that holds them.</summary>
public class CronMethodsTests
{
    [Fact]
    public async Task A_program_stores_the_schedules_of_its_methods_and_takes_them_away_with_the_attributes()
    {
        await using CronWorld world = await CronWorld.CreateAsync(Backend.Redis);
        // What an earlier build has stored, and what somebody else has.
        CronSchedule gone = CronSchedule.For("gone", "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.ReplaceAsync("code:RQ.Cron.TestHost", [gone]);
        await world.Cron.ReplaceAsync("code:RQ", [gone with { Name = "no longer marked" }]);
        await world.Cron.ReplaceAsync("code:Elsewhere", [gone with { Name = "elsewhere" }]);

        await CronProgram.Start("methods", world.World.Url).ExitAsync();
        RedisValue changes = await world.Rq.Database.StringGetAsync(world.Rq.Keys.CronChanges);
        await CronProgram.Start("methods", world.World.Url).ExitAsync();
        (await world.Rq.Database.StringGetAsync(world.Rq.Keys.CronChanges)).ShouldBe(changes, "the second start has written nothing");

        IReadOnlyList<CronEntry> entries = await world.Cron.ListAsync();
        entries.Select(entry => (entry.Name, entry.Source, entry.Schedule.Queue)).ShouldBe([
            ("Site.Nightly.CleanUp", "code:RQ.Cron.TestHost", "default"), ("elsewhere", "code:Elsewhere", "default"), ("often", "code:RQ.Cron.TestHost", "default"),
            ("rarely", "code:RQ.Cron.TestHost", "default"), ("site.bill", "code:RQ.Cron.TestHost", "billing")]);
        (entries[4].Schedule.Options!.Timeout, entries[4].Schedule.Call.Function).ShouldBe((TimeSpan.FromSeconds(900), "site.bill"));
        (entries[0].Schedule.TimeZone, entries[0].Schedule.Overlap, entries[0].Schedule.Jitter).ShouldBe(("Europe/Berlin", CronOverlap.Skip, TimeSpan.FromSeconds(60)));
        entries[3].Schedule.MissedRuns.ShouldBe(MissedRuns.Skip);
    }

    [Fact]
    public async Task An_assembly_that_is_loaded_while_schedules_are_stored_keeps_its_own()
    {
        await using CronWorld world = await CronWorld.CreateAsync(Backend.Redis);
        // The program loads it when its own table has been stored.
        await world.Cron.ReplaceAsync("code:System.Private.Xml.Linq", [CronSchedule.For("late", "0 * * * *", () => TestJobs.Nothing())]);

        await CronProgram.Start("late", world.World.Url, "System.Private.Xml.Linq").ExitAsync();

        (await world.Cron.ListAsync()).Select(entry => entry.Source).Distinct().ShouldBe(["code:RQ.Cron.TestHost", "code:System.Private.Xml.Linq"], ignoreOrder: true);
    }
}
