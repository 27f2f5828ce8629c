using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>What follows from names, expressions and the state of earlier jobs.</summary>
public class CronRulesTests
{
    [Theory]
    [InlineData(CronOverlap.Allow, "started queued", true, "", false)]
    [InlineData(CronOverlap.Skip, "", true, "", false)]
    [InlineData(CronOverlap.Skip, "finished failed stopped canceled gone", true, "", false)]
    [InlineData(CronOverlap.Skip, "finished started", false, "", false)]
    [InlineData(CronOverlap.Skip, "queued", false, "", false)]
    [InlineData(CronOverlap.Skip, "scheduled", false, "", false)]
    [InlineData(CronOverlap.QueueOne, "finished", true, "", false)]
    [InlineData(CronOverlap.QueueOne, "started finished", true, "0", false)]
    [InlineData(CronOverlap.QueueOne, "started started", true, "0 1", false)]
    [InlineData(CronOverlap.QueueOne, "deferred started", false, "", false)]
    [InlineData(CronOverlap.QueueOne, "rate_limited", false, "", false)]
    [InlineData(CronOverlap.CancelPrevious, "finished", true, "", false)]
    [InlineData(CronOverlap.CancelPrevious, "queued started deferred failed", true, "0 2 1", true)]
    public void An_overlap_rule_says_what_becomes_of_the_new_job_and_of_those_before(CronOverlap rule, string before, bool runs, string waitsFor, bool ends)
    {
        CronRun[] jobs = [.. before.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((status, n) => new CronRun($"{n}", status == "gone" ? null : JobStatusText.Parse(status)))];

        OverlapPlan plan = OverlapPlan.Of(rule, jobs);

        (plan.Runs, Ids(plan.WaitsFor), plan.Ends).ShouldBe((runs, waitsFor, ends));

        static string Ids(IReadOnlyList<CronRun> jobs) => string.Join(' ', jobs.Select(job => job.Id));
    }

    [Theory]
    [InlineData("nightly report", "nightly-report-")]
    [InlineData("Billing.Invoices.Send", "Billing-Invoices-Send-")]
    [InlineData("grüße: / *", "gr-e-")]
    [InlineData("日本語", "cron-")]
    [InlineData("a_b-c", "a_b-c-")]
    public void The_id_of_a_job_follows_from_name_and_time(string name, string begins)
    {
        DateTimeOffset time = new(2026, 1, 2, 4, 5, 6, TimeSpan.FromHours(1));
        string id = CronJobId.Of(name, time);

        id.ShouldBe(CronJobId.Of(name, time.ToUniversalTime()));
        id.ShouldMatch($"^{begins}[0-9a-f]{{16}}-20260102T030506Z$");
        Queues.JobOptionsCheck.Id(id);
        Queues.JobOptionsCheck.Id(CronJobId.ByHand(name, time));
    }

    [Fact]
    public void Names_that_look_alike_do_not_share_ids()
    {
        DateTimeOffset time = DateTimeOffset.UnixEpoch;
        string[] names = ["a b", "a-b", "a/b", "日本", "日本語", new string('x', 100), new string('x', 101)];
        names.Select(name => CronJobId.Of(name, time)).Distinct().Count().ShouldBe(names.Length);
        CronJobId.ByHand("a", time).ShouldNotBe(CronJobId.ByHand("a", time));
    }

    [Theory]
    [InlineData("*/5 * * * *", "*/5 * * * *")]
    [InlineData("0  9 * *\tMON-FRI", "0 9 * * MON-FRI")]
    [InlineData("*/10 1 2 3 4 ?", "1 2 3 4 * */10")]
    [InlineData("1,2-5,*/3 * ? * *", "1,2-5,*/3 * * * *")]
    [InlineData("@Daily", "@daily")]
    [InlineData("@every_second", "* * * * * *")]
    [InlineData("0 0 L * *", null)]
    [InlineData("0 0 15W * *", null)]
    [InlineData("0 0 * * MON#1", null)]
    [InlineData("0 22-2 * * *", null)]
    [InlineData("@reboot", null)]
    [InlineData("* * *", null)]
    public void Expressions_are_listed_in_python_s_notation_or_not_at_all(string cron, string? listed) => PythonCron.Of(cron).ShouldBe(listed);

    [Theory]
    [InlineData("*/5 * * * *", "*/5 * * * *")]
    [InlineData("1 2 3 4 * */10", "*/10 1 2 3 4 *")]
    [InlineData("@daily", "@daily")]
    public void And_read_back(string listed, string cron) => PythonCron.Read(listed).ShouldBe(cron);

    [Theory]
    [InlineData("skip", 0)]
    [InlineData("once", 1)]
    [InlineData("20", 20)]
    public void Missed_runs_are_read_as_they_are_written(string text, int most)
    {
        MissedRuns.Parse(text).Most.ShouldBe(most);
        MissedRuns.Parse(text).ToString().ShouldBe(text);
    }
}
