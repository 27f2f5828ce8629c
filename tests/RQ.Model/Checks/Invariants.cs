using System.Globalization;

namespace RQ.Model.Checks;

/// <summary>
/// What always holds, whatever came before: judged by what is on the server alone, so that a mistake that the model shares with the scripts
/// is found all the same.
/// </summary>
internal sealed class Invariants
{
    private readonly Dictionary<string, int> _releases = [];

    private readonly HashSet<string> _endedBadly = [];

    /// <summary>
    /// Ids that a blocking pop or a worker of Python's has taken off their list, and those that stayed on it when their job expired: they
    /// may stand there a second time, which is passed over.
    /// </summary>
    public HashSet<string> MayBeListedTwice { get; } = [];

    /// <summary>Ids whose job has expired: registries list them until they are swept, and whatever the id is used for since.</summary>
    public HashSet<string> Expired { get; } = [];

    /// <summary>Ends that a worker was told are stored.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Counter">Which of its counters they are for.</param>
    /// <param name="Count">How many.</param>
    public sealed record Settled(string Worker, string Counter, int Count);

    /// <param name="before">What was there before a call.</param>
    /// <param name="now">What is there after it.</param>
    /// <param name="settled">What the call said is stored; <c>null</c> for one that is about something else.</param>
    /// <param name="script">The script of the call; <c>null</c> when time has passed.</param>
    /// <returns>What is wrong: the name of the rule, and what breaks it.</returns>
    public IReadOnlyList<string> Violations(Keyspace before, Keyspace now, Settled? settled, string? script)
    {
        var view = new View(now);
        NoteGone(before, now, script);

        return [.. CountersAddUp(before, now, settled), .. OnePlace(view), .. NoExecutionWithoutSignOfLife(view), .. LimitsHold(view), .. SomebodyKnowsWhoWaits(view), .. EverythingHasAnOwner(view), .. SchedulesAreFound(view), .. ReleasedOnce(before, view)];
    }

    /// <summary>Who waits for a job that did not end well, or was deleted, may wait on, as in RQ: also when that one is gone.</summary>
    private void NoteGone(Keyspace before, Keyspace now, string? script)
    {
        foreach (string key in before.Entries.Keys.Where(key => !now.Exists(key) && key.Split(':') is ["job", _]))
        {
            string id = key["job:".Length..];
            if (script is not (null or "finish") || before.Field(key, "status") is "failed" or "stopped" or "canceled")
                _endedBadly.Add(id);
            if (script is null)
                Expired.Add(id);
        }

        MayBeListedTwice.UnionWith(Expired);
    }

    /// <summary>What holds when all clients are idle, everything that was due has come and maintenance has run.</summary>
    public IReadOnlyList<string> AtRest(Keyspace now)
    {
        var view = new View(now);
        return
        [
            .. Named("nothing is left to be released", view.Keyspace["releasing"]?.Fields.Select(field => $"{field.Key}={field.Value}") ?? []),
            .. Named("nothing is stuck", view.Jobs.Where(job => job.Status is not ("finished" or "failed" or "stopped" or "canceled" or "deferred")).Select(job => $"{job.Id} is {job.Status}")),
            .. Named("who waits has somebody to wait for", view.Jobs.Where(job => job.Status == "deferred" && view.ParentsOf(job).All(parent => view.IsMet(job, parent) && !_endedBadly.Contains(parent))).Select(job => $"{job.Id} is deferred")),
            .. Named("nobody waits who wanted to end", view.Jobs.Where(job => job is { Status: "deferred", IfUnmet: "fail" or "cancel" } && view.ParentsOf(job).Any(parent => view.HasEndedBadly(job, parent))).Select(job => $"{job.Id} is deferred")),
            .. Named("no place to work in holds anything", view.Keyspace.Entries.Where(IsTransient).Select(entry => entry.Key)),
        ];
    }

    private static bool IsTransient(KeyValuePair<string, Entry> entry) =>
        entry.Key.StartsWith("wip:", StringComparison.Ordinal) || entry.Key.StartsWith("queue:", StringComparison.Ordinal) || entry.Key.StartsWith("scheduled:", StringComparison.Ordinal)
        || entry.Key.StartsWith("rl:", StringComparison.Ordinal) || entry.Key.StartsWith("leases", StringComparison.Ordinal) || entry.Key.Contains(":claims:", StringComparison.Ordinal)
        || (entry.Key.StartsWith("worker:", StringComparison.Ordinal) && entry.Key.EndsWith(":executions", StringComparison.Ordinal)) || entry.Key is "rl-keys" or "workers" || entry.Key.StartsWith("workers:", StringComparison.Ordinal);

    private static IEnumerable<string> Named(string rule, IEnumerable<string> violations) => violations.Select(violation => $"broken: {rule}: {violation}");

    /// <summary>A worker's counters grow by what it was told is stored, and by nothing else. (Those of one that was buried begin anew.)</summary>
    private static IEnumerable<string> CountersAddUp(Keyspace before, Keyspace now, Settled? settled) => Named("a worker's counters add up", now.Entries.Keys
        .Where(key => key.Split(':') is ["worker", _] && before.Field(key, "incarnation") is { } run && run == now.Field(key, "incarnation") && before.Field(key, "death") is null)
        .SelectMany(key => new[] { "successful_job_count", "failed_job_count" }.Select(counter => (
            Key: key, Counter: counter, Wanted: settled is not null && key == $"worker:{settled.Worker}" && counter == settled.Counter ? settled.Count : 0,
            Grown: Number(now.Field(key, counter)) - Number(before.Field(key, counter)))))
        .Where(grown => grown.Grown != grown.Wanted)
        .Select(grown => $"{grown.Key}: {grown.Counter} grew by {grown.Grown} for {grown.Wanted} jobs"));

    private static long Number(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A job is in exactly one place, the one that its status names.</summary>
    private IEnumerable<string> OnePlace(View view) => Named("a job is in exactly one place, and its status names it", view.Jobs.SelectMany(job =>
    {
        string expected = job.Status switch { "stopped" => "failed", "rate_limited" => "line", _ => job.Status ?? "none" };
        List<string> places = [.. view.PlacesOf(job.Id)];
        int there = places.RemoveAll(place => place == $"{expected} {job.Queue}");
        if (job.Status == "queued")
            there += places.RemoveAll(place => place.StartsWith("claimed", StringComparison.Ordinal) || place.StartsWith("between", StringComparison.Ordinal));
        if (job.Repeats)
            places.RemoveAll(place => place == $"finished {job.Queue}");
        if (MayBeListedTwice.Contains(job.Id))
        {
            places.RemoveAll(place => place.StartsWith("queued", StringComparison.Ordinal) || place.StartsWith("claimed", StringComparison.Ordinal) || place.StartsWith("between", StringComparison.Ordinal)
                || place.StartsWith("started", StringComparison.Ordinal));
            if (Expired.Contains(job.Id))
                places.RemoveAll(place => place.StartsWith("finished", StringComparison.Ordinal) || place.StartsWith("failed", StringComparison.Ordinal) || place.StartsWith("canceled", StringComparison.Ordinal)
                    || place.StartsWith("line", StringComparison.Ordinal));
            there = Math.Min(there, 1);
            // What Python's worker has listed and not said: found by its entry.
            if (there == 0 && job.Status == "queued" && view.PlacesOf(job.Id).Any(place => place.StartsWith("started", StringComparison.Ordinal)))
                there = 1;
        }

        // A failure without a result is listed nowhere.
        bool mayBeNowhere = job.Status is "failed" or "stopped";
        return (there == 1 || (there == 0 && mayBeNowhere)) && places.Count == 0 ? [] : (string[])[$"{job.Id} is {job.Status} on {job.Queue}, and is in: {string.Join(", ", view.PlacesOf(job.Id))}"];
    }));

    /// <summary>What has started has a worker with a lease that lists it, or an entry that becomes overdue.</summary>
    private static IEnumerable<string> NoExecutionWithoutSignOfLife(View view) => Named("no execution without a lease, or an entry that becomes overdue", view.Jobs
        .Where(job => job.Status == "started" && !view.Keyspace.Contains($"wip:{job.Queue}", $"{job.Id}:{job.Execution}") && !view.PlacesOf(job.Id).Contains($"started {job.Queue}"))
        .Select(job => $"{job.Id} of {job.Worker}")
        .Concat(view.Jobs
            .Where(job => job.Status == "started" && job.Worker is not ("sync" or "python")
                && !(view.Keyspace.Contains("leases", job.Worker) && view.Keyspace.Contains($"worker:{job.Worker}:executions", $"{job.Id}:{job.Execution}")))
            .Select(job => $"{job.Id} of {job.Worker}, which has no lease or does not list it")));

    /// <summary>What counts for a limit is queued or runs, and what is queued or runs counts.</summary>
    private static IEnumerable<string> LimitsHold(View view)
    {
        IEnumerable<string> uncounted = view.Jobs.Where(job => job is { Rate: not null, Status: "queued" or "started" } && !view.Keyspace.Contains($"rl:{job.Rate}:allowed", job.Id))
            .Select(job => $"{job.Id} is {job.Status} and has no slot of {job.Rate}");
        IEnumerable<string> idle = view.Jobs.Where(job => job is { Rate: not null, Status: not ("queued" or "started") } && view.Keyspace.Contains($"rl:{job.Rate}:allowed", job.Id))
            .Select(job => $"{job.Id} is {job.Status} and has a slot of {job.Rate}");
        IEnumerable<string> overfull = view.Keyspace.Entries.Where(entry => entry.Key.StartsWith("rl:", StringComparison.Ordinal) && entry.Key.EndsWith(":allowed", StringComparison.Ordinal)
                && entry.Value.Members.Count > int.Parse(view.Keyspace.Field(entry.Key[..^8], "concurrency") ?? "0", CultureInfo.InvariantCulture))
            .Select(entry => $"{entry.Key} has {entry.Value.Members.Count}");
        return Named("a limit counts who is queued or runs", [.. uncounted, .. idle, .. overfull]);
    }

    /// <summary>
    /// Who waits is told: one that it waits for lists it, or its end is still to be looked at. (Not all of them do: under the id of one that
    /// was gone another job may have been enqueued since. And who waits for one that was deleted waits on, as in RQ.)
    /// </summary>
    private IEnumerable<string> SomebodyKnowsWhoWaits(View view) => Named("who waits is told by one that it waits for", view.Jobs.Where(job => job.Status == "deferred")
        .Where(job => view.ParentsOf(job).Where(parent => !view.IsMet(job, parent)).ToArray() is { Length: > 0 } unmet
            && !view.ParentsOf(job).Any(_endedBadly.Contains) && !unmet.Any(parent => view.Keyspace.Contains($"job:{parent}:dependents", job.Id)) && !view.ParentsOf(job).Any(parent => view.Keyspace.Field("releasing", parent) is not null
                || view.Keyspace.Contains($"job:{parent}:dependents", job.Id)))
        .Select(job => $"{job.Id}, which waits for {string.Join(", ", view.ParentsOf(job))}"));

    /// <summary>Each key belongs to something that is there, or expires.</summary>
    private static IEnumerable<string> EverythingHasAnOwner(View view) => Named("nothing is without an owner or a time to live", view.Keyspace.Entries
        .Where(entry => entry.Value.Expires is null && !view.HasOwner(entry.Key)).Select(entry => entry.Key));

    /// <summary>Schedulers of all queues look at those that are listed.</summary>
    private static IEnumerable<string> SchedulesAreFound(View view) => Named("a queue on which jobs are scheduled is listed", view.Jobs
        .Where(job => job.Status == "scheduled" && !view.Keyspace.MembersOf("queues").Any(key => key.EndsWith($"queue:{job.Queue}", StringComparison.Ordinal)))
        .Select(job => $"{job.Queue}, for {job.Id}"));

    /// <summary>Who waited is released once in each of its lives.</summary>
    private IEnumerable<string> ReleasedOnce(Keyspace before, View view)
    {
        foreach (JobView job in view.Jobs)
        {
            if (job.Status is null or "deferred" || before.Field($"job:{job.Id}", "status") != "deferred")
                continue;
            string life = $"{job.Id} made at {job.CreatedAt}";
            if (before.Field($"job:{job.Id}", "created_at") == job.CreatedAt && (_releases[life] = _releases.GetValueOrDefault(life) + 1) > 1)
                yield return $"broken: who waits is released once: {life}";
        }
    }
}
