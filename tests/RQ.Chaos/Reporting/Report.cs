using System.Globalization;
using System.Text;
using RQ.Chaos.Cast;
using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;
using RQ.Chaos.Verdict;

namespace RQ.Chaos.Reporting;

/// <summary>The run in Markdown.</summary>
internal static class Report
{
    private static readonly TimeSpan s_target = TimeSpan.FromSeconds(10);

    public static string Write(ChaosOptions options, Troupe cast, FaultLog faults, Findings findings, TimeSpan took, TimeSpan untilQuiet)
    {
        var text = new StringBuilder();
        var explainer = new Explainer(faults.All, cast.Members.SelectMany(member => member.Lives));
        Head(text, options, cast, took, untilQuiet);
        Counts(text, faults, findings, explainer);
        Kinds(text, faults, findings);
        Runs(text, cast, findings);
        Details(text, findings);
        return text.ToString();
    }

    private static void Head(StringBuilder text, ChaosOptions options, Troupe cast, TimeSpan took, TimeSpan untilQuiet)
    {
        text.Append(Text($"* {DateTime.UtcNow:yyyy-MM-dd}, seed {options.Seed}, {took.TotalMinutes:0.0} minutes, and {untilQuiet.TotalSeconds:0} s until all was quiet\n"));
        text.Append($"* {Machine.Describe()}\n");
        text.Append($"* {Machine.Versions(cast.Members.Any(member => member.Part == Part.Python))}\n");
        text.Append($"* {string.Join(", ", cast.Members.GroupBy(member => member.Part).Select(part => $"{part.Count()} × {part.Key.InWords()}"))}; {cast.Members.Sum(member => member.Lives.Count)} processes in all\n");
        text.Append($"* `dotnet run -c Release --project tests/RQ.Chaos -- {options.CommandLine}`\n\n");
    }

    private static void Counts(StringBuilder text, FaultLog faults, Findings findings, Explainer explainer)
    {
        Accounts accounts = findings.Accounts;
        Extra[] struck = [.. findings.Extras.Where(extra => extra.Reason == Reason.Struck)];
        Extra[] killed = [.. struck.Where(extra => extra.Fault!.Kind.Effect == Effect.Death)];
        var recovery = new Percentiles(killed.Select(extra => extra.Recovery));
        var undisturbed = new Percentiles(killed.Where(extra => explainer.RecoveryInOrder(extra) == extra.Recovery).Select(extra => extra.Recovery));
        var inOrder = new Percentiles(killed.Select(explainer.RecoveryInOrder).OfType<long>());
        int ran = accounts.All.Count(account => account.Acknowledged is null && account.Runs.Count > 0);
        Row("", "count");
        Row("---", "---:");
        Row("faults", faults.All.Count);
        Row("jobs whose enqueue was acknowledged", accounts.Acknowledged);
        Row("enqueues that failed, or that nobody knows of; of those jobs ran", Text($"{accounts.All.Count(account => account.Acknowledged is null)}; {ran}"));
        Row("executions", accounts.Runs);
        Row("**lost**", findings.Count(Ending.Lost));
        Row("**stuck**", findings.Count(Ending.Stuck));
        Row("**run again without an explanation**", findings.Unexplained);
        Row("stored as ended otherwise than they ran", findings.Count(Ending.Wrong));
        Row("in two places, released too early, an execution begun twice, a process that did not end", findings.Others.Count);
        Row("run again because they were under way where a fault struck", struck.Length);
        Row("– of those had been run to their end, which was not yet stored", struck.Count(extra => extra.IsDuplicate));
        Row("failed for good because of faults (no retries left, given up)", findings.Count(Ending.FailedByFault));
        Row("run again after a run by a worker of Python RQ that was struck", findings.Extras.Count(extra => extra.Reason == Reason.Python));
        Row("popped by a worker of Python RQ and lost by it", findings.Count(Ending.LostByPython));
        text.Append('\n');
        text.Append("| from the fault until the job ran again, s | jobs | p50 | p99 | longest |\n| --- | ---: | ---: | ---: | ---: |\n");
        text.Append($"| kills | {recovery.Count} | {recovery.Columns} |\n");
        text.Append($"| kills while nothing else struck the server | {undisturbed.Count} | {undisturbed.Columns} |\n");
        text.Append($"| kills, from the fault or from when the server was last in order again | {inOrder.Count} | {inOrder.Columns} |\n");
        var waited = new Percentiles(Waits(accounts));
        text.Append($"| for comparison: from the acknowledgement until a plain job first ran | {waited.Count} | {waited.Columns} |\n\n");
        text.Append(Text($"Target: p99 at most {s_target.TotalSeconds} s for kills while nothing else struck the server: {(undisturbed.Count == 0 ? "no job was hit" : undisturbed.P99 <= s_target.TotalSeconds ? "met" : "missed")}.\n\n"));
        void Row(string name, object value) => text.Append(Text($"| {name} | {value} |\n"));
    }

    private static IEnumerable<long> Waits(Accounts accounts) => accounts.All
        .Where(account => account is { Kind: JobKind.Plain, Acknowledged: not null, Runs.Count: > 0 })
        .Select(account => Math.Max(0, account.Runs[0].Start - account.Acknowledged!.Value));

    private static void Kinds(StringBuilder text, FaultLog faults, Findings findings)
    {
        text.Append("| fault | | times | jobs run again | p50, s | p99, s | longest, s |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
        ILookup<string, Extra> extras = findings.Extras.Where(extra => extra.Reason == Reason.Struck).ToLookup(extra => extra.Fault!.Kind.Name);
        foreach (IGrouping<string, Fault> kind in faults.All.GroupBy(fault => fault.Kind.Name).OrderBy(kind => kind.First().Kind.IsServers).ThenBy(kind => kind.Key, StringComparer.Ordinal))
        {
            var recovery = new Percentiles(extras[kind.Key].Select(extra => extra.Recovery));
            text.Append(Text($"| {kind.Key} | {kind.First().Kind.Description} | {kind.Count()} | {(recovery.Count == 0 ? "0" : recovery.Count)} | {recovery.Columns} |\n"));
        }

        text.Append('\n');
    }

    private static void Runs(StringBuilder text, Troupe cast, Findings findings)
    {
        Dictionary<string, Part> parts = cast.Members.SelectMany(member => member.Lives).ToDictionary(life => life.Name, life => life.Member.Part);
        ILookup<Part, Run> runs = findings.Accounts.All.SelectMany(account => account.Runs).ToLookup(run => parts[run.Life]);
        text.Append("| run by a | executions | not ended by themselves |\n| --- | ---: | ---: |\n");
        foreach (Part part in new[] { Part.InProcess, Part.Horse, Part.Fresh, Part.Python }.Where(runs.Contains))
            text.Append(Text($"| {part.InWords()} | {runs[part].Count()} | {runs[part].Count(run => run.End is null)} |\n"));
        text.Append('\n');
    }

    private static void Details(StringBuilder text, Findings findings)
    {
        foreach (IGrouping<Ending, Odd> ending in findings.Odd.Where(odd => odd.Ending != Ending.LostByPython).GroupBy(odd => odd.Ending))
            List($"{ending.Key}", ending.Select(odd => odd.Text));
        List("Unexplained", findings.Extras.Where(extra => extra.Reason == Reason.Unexplained).Select(Tell));
        List("Others", findings.Others);

        void List(string title, IEnumerable<string> all)
        {
            string[] lines = [.. all.Take(50)];
            if (lines.Length > 0)
                text.Append($"### {title}\n\n```text\n{string.Join('\n', lines)}\n```\n\n");
        }
    }

    private static string Tell(Extra extra) => Text(
        $"{extra.Account.Token} ({extra.Account.Kind} on {extra.Account.Queue}, job {extra.Before.JobId}): {extra.Before.Id} in {extra.Before.Life} {extra.Before.Start}–{extra.Before.End} '{extra.Before.Outcome}', then {extra.Again.Id} in {extra.Again.Life} {extra.Again.Start}–{extra.Again.End} '{extra.Again.Outcome}'");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
