using System.Text;
using RQ.Chaos.Cast;
using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;
using StackExchange.Redis;

namespace RQ.Chaos.Verdict;

/// <summary>Looks in Redis for what has become of the jobs whose ledger does not say that they are done.</summary>
internal sealed class Inspector(IDatabase db, Troupe cast, IReadOnlyCollection<Fault> faults)
{
    private static readonly string[] s_registries = ["wip", "finished", "failed", "deferred", "scheduled", "canceled"];

    /// <summary>A job is taken soon; one that is retried has been on its queue once more.</summary>
    private const long Popped = 15 * Moment.PerSecond;

    private readonly Lazy<string> _pythonLogs = new(() => string.Concat(
        cast.Members.Where(member => member.Part == Part.Python).SelectMany(member => member.Lives).Select(life => File.ReadAllText(cast.LogOf(life.Name)))));

    public async Task<IReadOnlyList<Odd>> FindAsync(IEnumerable<Account> accounts)
    {
        var odd = new List<Odd>();
        foreach (Account account in accounts.Where(account => account.Acknowledged is not null && !IsDone(account)))
        {
            if (await JudgeAsync(account) is { } found)
                odd.Add(found);
        }

        return odd;
    }

    private static bool IsDone(Account account) => account.Kind == JobKind.Doomed
        ? account.Failures > JobKinds.DoomedRetries
        : account.Successes >= account.Kind.Successes();

    private async Task<Odd?> JudgeAsync(Account account)
    {
        string id = account.JobIds.First(), key = "rq:job:" + id;
        HashEntry[] hash = await db.HashGetAllAsync(key);
        string status = (string?)hash.FirstOrDefault(field => field.Name == "status").Value ?? "";
        List<string> places = await PlacesAsync(id);
        Odd Is(Ending ending) => new(account, ending, Describe(account, hash, places));
        if (account.JobIds.Count > 1)
            return Is(Ending.Wrong);
        switch (status)
        {
            case "failed" when account.Kind == JobKind.Doomed && account.Runs.Count > 0:
                // One of its failures was that a work horse was killed.
                return null;
            case "failed":
                return Is(WasStruck(account) ? Ending.FailedByFault : Ending.Wrong);
            case "finished":
                return Is(Ending.Wrong);
            case "":
                return Is(Ending.Lost);
            default:
                if (places.Count > 0)
                    return Is(Ending.Stuck);
                return Is(account.Queue == Queues.Mixed && WasPopped(account, id) ? Ending.LostByPython : Ending.Lost);
        }
    }

    private async Task<List<string>> PlacesAsync(string id)
    {
        var places = new List<string>();
        foreach (string queue in Queues.All)
        {
            if (await db.ListPositionAsync("rq:queue:" + queue, id) >= 0)
                places.Add("queue " + queue);
            foreach (string registry in s_registries)
            {
                foreach (RedisValue member in await db.SortedSetRangeByRankAsync($"rq:{registry}:{queue}"))
                {
                    if (((string)member!).Split(':')[0] == id)
                        places.Add($"{registry} of {queue}");
                }
            }
        }

        foreach (Member member in cast.Members.Where(member => member.IsWorker))
        {
            foreach (string claims in Queues.All.Select(queue => $"rq:worker:{member.Life.Name}:claims:{queue}"))
            {
                if (await db.ListPositionAsync(claims, id) >= 0)
                    places.Add(claims);
            }
        }

        return places;
    }

    /// <summary>
    /// Whether a worker of Python took it: it said so, or was struck while the job was there to be taken, before it could. (It pops and writes nothing until the job begins.)
    /// </summary>
    public bool WasPopped(Account account, string id)
    {
        if (_pythonLogs.Value.Contains($"({id})", StringComparison.Ordinal))
            return true;
        long from = account.Runs.Count == 0 ? account.Acknowledged ?? account.Attempted : account.Runs[^1].Start;
        return faults.Any(fault => (fault.Member?.Part == Part.Python || fault.Kind.IsServers) && fault.IsOverlapping(from - Moment.PerSecond, from + Popped));
    }

    private bool WasStruck(Account account) => account.Runs.Any(run => run.End is null && faults.Any(fault => fault.Life == run.Life && fault.IsOverlapping(run.Start, long.MaxValue)));

    private static string Describe(Account account, HashEntry[] hash, List<string> places)
    {
        var text = new StringBuilder($"{account.Token} ({account.Kind} on {account.Queue}), job {string.Join(", ", account.JobIds)}, acknowledged at {account.Acknowledged}\n");
        text.Append($"  places: {(places.Count == 0 ? "none" : string.Join(", ", places))}\n");
        foreach (Run run in account.Runs)
            text.Append($"  run {run.Id} in {run.Life} (process {run.Pid}) from {run.Start} to {run.End?.ToString() ?? "?"} {run.Outcome}\n");
        foreach (HashEntry field in hash.Where(field => field.Name != "data"))
            text.Append($"  {field.Name}: {field.Value}\n");
        return text.ToString();
    }
}
