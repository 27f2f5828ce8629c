using RQ.Chaos.Cast;
using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;

namespace RQ.Chaos.Verdict;

/// <summary>What came of the run.</summary>
internal sealed class Findings
{
    public required Accounts Accounts { get; init; }

    /// <summary>The jobs that did not end as they should.</summary>
    public required IReadOnlyList<Odd> Odd { get; init; }

    /// <summary>The runs that would not have been without a fault.</summary>
    public required IReadOnlyList<Extra> Extras { get; init; }

    /// <summary>Dependents that ran before what they wait for had ended, jobs in two places, executions that began twice, processes that did not end, and the like.</summary>
    public required IReadOnlyList<string> Others { get; init; }

    /// <summary>Whether all that is promised has been kept; how long it took is not part of it.</summary>
    public bool IsKept => Count(Ending.Lost) == 0 && Count(Ending.Stuck) == 0 && Count(Ending.Wrong) == 0 && Unexplained == 0 && Others.Count == 0;

    public int Unexplained => Extras.Count(extra => extra.Reason == Reason.Unexplained);

    public int Count(Ending ending) => Odd.Count(odd => odd.Ending == ending);

    /// <param name="accounts">What the processes wrote down, closed.</param>
    /// <param name="cast">The processes, the server in its place and answering.</param>
    /// <param name="faults">What struck.</param>
    /// <param name="noted">What was found on the way.</param>
    /// <param name="rq">A connection past all links.</param>
    public static async Task<Findings> OfAsync(Accounts accounts, Troupe cast, IReadOnlyCollection<Fault> faults, IReadOnlyList<string> noted, RqConnection rq)
    {
        var explainer = new Explainer(faults, cast.Members.SelectMany(member => member.Lives));
        Extra[] extras = [.. accounts.All.SelectMany(explainer.Extras)];
        var inspector = new Inspector(cast.Server.Database, cast, faults);
        IReadOnlyList<Odd> odd = await inspector.FindAsync(accounts.All);
        ILookup<string, Account> byJob = accounts.All.Where(account => account.Queue == Queues.Mixed).SelectMany(account => account.JobIds.Select(id => (id, account))).ToLookup(pair => pair.id, pair => pair.account);
        var misplaced = new List<string>();
        foreach (string violation in await RQ.Conformance.Consistency.ViolationsAsync(rq))
        {
            // What has expired stays listed as finished until the next cleaning.
            if (violation.EndsWith("is gone, and is listed in: finished", StringComparison.Ordinal))
                continue;
            // RQ lists a job by whole seconds: it leaves the registry up to a second before it expires.
            string id = violation.Split(' ')[0], key = $"rq:job:{id}";
            if (violation.EndsWith("is finished, and is listed in: ", StringComparison.Ordinal)
                && (await cast.Server.Database.KeyTimeToLiveAsync(key) < TimeSpan.FromSeconds(2) || !await cast.Server.Database.KeyExistsAsync(key)))
            {
                continue;
            }

            // What Python popped and lost is in no place. Of a job whose enqueue was not acknowledged the ledger has no id, but the job says whose it is.
            string description = (string?)await cast.Server.Database.HashGetAsync(key, "description") ?? "";
            IEnumerable<Account> accounted = byJob[id].Concat(accounts.All.Where(account => account.Queue == Queues.Mixed && description.Contains($"'{account.Token}'", StringComparison.Ordinal)));
            if (!violation.EndsWith("is queued, and is listed in: ", StringComparison.Ordinal) || !accounted.Any(account => inspector.WasPopped(account, id)))
                misplaced.Add(violation);
        }

        return new Findings { Accounts = accounts, Odd = odd, Extras = extras, Others = [.. noted, .. accounts.RunTwice, .. Early(accounts), .. misplaced] };
    }

    /// <summary>The last one of a family waits for its three children, and those for the parent: none begins before those have ended well.</summary>
    private static IEnumerable<string> Early(Accounts accounts)
    {
        Dictionary<string, Account> byToken = accounts.All.ToDictionary(account => account.Token);
        foreach (Account child in accounts.All.Where(account => account.Kind == JobKind.Child && account.Runs.Count > 0))
        {
            foreach (Account before in Before(child, byToken))
            {
                if (!before.Runs.Any(run => run.Outcome == "ok" && run.End <= child.Runs[0].Start))
                    yield return $"{child.Token} began before {before.Token} had ended, for which it waits";
            }
        }
    }

    // The tokens of a family follow on each other: the parent, three children, the last one.
    private static IEnumerable<Account> Before(Account child, Dictionary<string, Account> accounts)
    {
        int dash = child.Token.LastIndexOf('-'), number = int.Parse(child.Token.AsSpan(dash + 1), System.Globalization.CultureInfo.InvariantCulture);
        Account? At(int offset) => accounts.GetValueOrDefault(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{child.Token[..(dash + 1)]}{number - offset}"));
        int since = Enumerable.Range(1, 4).First(offset => At(offset)!.Kind == JobKind.Parent);
        return since == 4 ? [At(1)!, At(2)!, At(3)!] : [At(since)!];
    }
}
