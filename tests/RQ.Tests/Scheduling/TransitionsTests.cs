using System.Globalization;
using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>Times around every change of clocks in eleven years, as another implementation of the rule has worked them out (golden/make_transitions.py).</summary>
public sealed class TransitionsTests
{
    private static readonly string[] s_lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Scheduling", "golden", "transitions.txt"));

    public static TheoryData<string> Zones => [.. s_lines.Where(line => line.StartsWith("quiet", StringComparison.Ordinal)).Select(line => line.Split('\t')[1]).Distinct()];

    [Theory]
    [MemberData(nameof(Zones))]
    public void The_zones_rules_have_the_changes_of_the_file(string zone)
    {
        Zone known = Zone.Find(zone)!;
        foreach (string[] change in s_lines.Select(line => line.Split('\t')).Where(change => change[0] == "change" && change[1] == zone))
        {
            long at = Times.At(change[2]).ToUnixTimeSeconds();
            string here = $"{known.Offset(at - 1) / 60}, then {known.Offset(at) / 60}";
            here.ShouldBe(
                $"{change[3]}, then {change[4]}",
                $"Minutes from UTC in {zone} around {change[2]}. transitions.txt was {s_lines[0][2..]} Here: {Zone.Version}. If the zone's rules "
                + "have changed in between, make the file anew with golden/make_transitions.py; nothing is wrong with the code then.");
        }
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void Times_around_changes_are_as_the_rule_says(string zone)
    {
        int windows = 0;
        for (int i = 0; i < s_lines.Length; i++)
        {
            if (s_lines[i].Split('\t') is not [("around" or "quiet"), var name, var cron, var from, var until] || name != zone)
                continue;
            List<string> expected = [.. s_lines.Skip(i + 1).TakeWhile(line => line.StartsWith('\t')).Select(line => line[1..])];
            CronSchedule schedule = Times.Cron(cron, zone);
            int more = expected.Count + 1;

            List<string> here = [.. Times.Of(schedule).Between(Times.At(from), Times.At(until)).Select(time => Text(schedule.Preview(time.AddTicks(-1), 1)[0]))];
            here.ShouldBe(expected, $"{cron} in {zone} from {from} until {until}, line {i + 1} of transitions.txt, {s_lines[0][2..]} Here: {Zone.Version}.");
            schedule.Preview(Times.At(from).AddSeconds(-1), more).Take(expected.Count).Select(Text).ShouldBe(expected);
            Times.Of(schedule).Last(more, Times.At(from).AddSeconds(-1), Times.At(until).AddSeconds(-1)).ShouldBe(expected.Select(line => Times.At(line.Split('\t')[1])));
            windows++;
        }
        windows.ShouldBeGreaterThanOrEqualTo(33);
    }

    private static string Text(DateTimeOffset local) => string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd'T'HH:mmzzz}\t{local.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'}");
}
