namespace RQ.Model.Rules;

/// <content>Birth, lease and death of workers, and what is found of them when they are dead.</content>
internal sealed partial class StateMachine
{
    private bool IsWorker(string record) => Keys.Field(record, "birth") is not null || Keys.Field(record, "queues") is not null;

    private string Register(SentCall sent)
    {
        string name = sent.Argument(2), incarnation = sent.Argument(3), record = sent.Key(2);
        ShortenLeases(sent.Number(4));
        bool isMine = IsOwner(name, incarnation);
        if (!isMine && Keys.Score("leases", name) is not null)
            return HasLease(name) ? "taken" : "unburied";
        if (!isMine && IsWorker(record) && Keys.Field(record, "death") is null && Keys.Field(record, "incarnation") is null)
            return "taken";
        if (!isMine && Keys.Exists(Executions(name)))
        {
            Keys.AddSorted("leases", Keys.WholeMilliseconds, name);
            Keys.SetFields("leases:owners", name, $" {sent.Argument(5)}");
            return "unburied";
        }

        if (!isMine)
            Keys.Delete(record);
        Keys.SetFields(record, ["incarnation", incarnation, .. sent.ArgumentsFrom(7)]);
        Keys.DropFields(record, "death");
        Keys.Expire(record, sent.Number(6));
        Keys.AddToSet("workers", prefix + record);
        for (int n = 7; n <= sent.KeyCount; n++)
            Keys.AddToSet(sent.Key(n), prefix + record);
        Keys.AddSorted("leases", Keys.WholeMilliseconds + sent.Number(4), name);
        Keys.SetFields("leases:owners", name, $"{incarnation} {sent.Argument(5)}");
        return "ok";
    }

    private string RenewLease(SentCall sent)
    {
        string name = sent.Argument(2), record = sent.Key(3);
        bool isHeld = IsOwner(name, sent.Argument(3)) && Keys.Score("leases", name) is not null && IsWorker(record) && Keys.Field(record, "death") is null;
        if (isHeld)
            Keys.AddSorted("leases", Keys.WholeMilliseconds + sent.Number(4), name);
        ShortenLeases(sent.Number(4));
        return $"{(isHeld ? 1 : 0)},{Keys.Count("releasing")}";
    }

    /// <summary>No lease lasts much longer than one that begins now.</summary>
    private void ShortenLeases(long time)
    {
        foreach (string name in Keys.MembersOf("leases").Where(name => Keys.Score("leases", name) > Keys.WholeMilliseconds + 2 * time))
            Keys.AddSorted("leases", Keys.WholeMilliseconds + time, name);
    }

    private string Unregister(SentCall sent)
    {
        string name = sent.Argument(2), record = sent.Key(2);
        if (sent.Argument(4).Length == 0)
        {
            if (Keys.Score("leases", name) is null)
                return "ok";
            if (HasLease(name))
                return "alive";
        }
        else if (!IsOwner(name, sent.Argument(4)))
        {
            return "alive";
        }

        for (int n = 8; n <= sent.KeyCount; n += 3)
        {
            Keys.Remove(sent.Key(n), prefix + record);
            while (Keys.Pop(sent.Key(n + 1), fromHead: false) is { } claimed)
                Keys.Push(sent.Key(n + 2), claimed, toHead: true);
        }

        Keys.Remove("workers", prefix + record);
        if (Keys.Exists(record))
        {
            Keys.SetFields(record, "death", sent.Argument(3));
            Keys.DropFields(record, "current_job");
            Keys.Expire(record, 60);
        }

        if (Keys.Exists(Executions(name)))
        {
            Keys.AddSorted("leases", Keys.WholeMilliseconds, name);
            return "executions";
        }

        Keys.Remove("leases", name);
        Keys.DropFields("leases:owners", name);
        Keys.DropFields("leases:waits", name);
        return "ok";
    }

    private string Abandon(SentCall sent)
    {
        string worker = sent.Argument(3), id = sent.Argument(5), execution = sent.Argument(6), entry = sent.Argument(19), queue = sent.NameIn(6);
        _inLine = 0;
        string verdict;
        if (entry.Length == 0)
        {
            if (HasLease(worker))
                return "alive";
            verdict = Judge(id, execution, worker, "abandoned").ToString().ToLowerInvariant();
        }
        else
        {
            verdict = JudgeEntry(id, execution, queue, entry, Parse(sent.Argument(20))!.Value);
            if (verdict == "alive")
                return verdict;
        }

        if (verdict == "applied")
        {
            verdict = VerdictOf(EndUnfinished(WithJob(id, new Unfinished(
                id, execution, queue, sent.Argument(7), sent.IsTrue(8), Parse(sent.Argument(9)) ?? 0, sent.Argument(10), sent.Argument(7) == "failed" ? "2" : "")
            {
                FailureTtl = sent.Argument(12), StartedAt = sent.Argument(13), EndedAt = sent.Argument(14), Text = sent.Argument(17),
                Outcome = "abandoned", IsRecovered = sent.IsTrue(11), MayTouch = MayTouch(sent, 18),
            })));
        }

        Leave(id, execution, worker, queue, true);
        if (entry.Length > 0 && verdict != "already")
            Keys.Remove($"wip:{queue}", entry);
        return verdict;
    }

    /// <summary>What has no lease is dead when its entry is overdue and has not moved.</summary>
    private string JudgeEntry(string id, string execution, string queue, string entry, double score)
    {
        if (Keys.Field(Job(id), "last_execution") == execution && Keys.Field(Job(id), "last_outcome") is { } outcome)
            return outcome == "abandoned" ? "already" : "lost";
        if (Keys.Score($"wip:{queue}", entry) is not { } now)
            return "lost";
        if (now > Keys.WholeSeconds || now != score)
            return "alive";
        (string what, _, _) = JudgeOverdue(queue, entry);
        if (what is "covered" or "unstarted")
            return "alive";
        if (what == "stale")
            return "lost";
        Keys.SetFields(Job(id), "last_execution", execution);
        return "applied";
    }

    /// <summary>What an entry of a started registry tells of: nothing any more, a job whose worker has a lease, or one that nobody keeps alive.</summary>
    private (string What, string Id, string Execution) JudgeOverdue(string queue, string entry)
    {
        int colon = entry.LastIndexOf(':');
        (string id, string execution) = colon < 0 || Keys.Exists(Job(entry)) ? (entry, "") : (entry[..colon], entry[(colon + 1)..]);
        string? status = StatusOf(id), last = Keys.Field(Job(id), "last_execution");
        string worker = Keys.Field(Job(id), "worker_name") ?? "";
        bool waits = status is "queued" or "created";
        if (!waits && status != "started")
            return ("stale", id, execution);
        // A worker of Python's may have had the name before.
        if (!waits && worker.Length > 0 && Keys.Score("leases", worker) is not null && Keys.Contains(Executions(worker), $"{id}:{last}"))
            return (execution == last ? "covered" : "stale", id, execution);
        IEnumerable<string> others = [id, .. last is null ? [] : (string[])[$"{id}:{last}"], .. Keys.MembersOf($"executions:{id}").Select(other => $"{id}:{other}")];
        if (others.Any(other => other != entry && Keys.Score($"wip:{queue}", other) > Keys.WholeSeconds))
            return ("stale", id, execution);
        return (waits ? "unstarted" : "abandoned", id, execution);
    }

    private string FindOverdue(SentCall sent)
    {
        const int notice = 60, startGrace = 30;
        string queue = sent.NameIn(2), notes = sent.Argument(5)[prefix.Length..];
        double patience = sent.Number(6);
        string[] entries = [.. Keys.MembersOf($"wip:{queue}").Where(entry => Keys.Score($"wip:{queue}", entry) <= Keys.WholeSeconds + notice)];
        var dead = new List<string>();
        var stale = new List<string>();
        foreach (string entry in entries)
        {
            (string what, string id, _) = JudgeOverdue(queue, entry);
            double score = Keys.Score($"wip:{queue}", entry)!.Value, over = Keys.WholeSeconds - score;
            if (what == "stale")
            {
                if (over >= 0)
                {
                    NoteGone(id);
                    stale.Add(entry);
                }
            }
            else if (what != "covered" && KeepsItsScore(notes + entry, Text((long)score), patience) && over >= (what == "unstarted" ? startGrace : 0))
            {
                dead.Add($"{entry}={what}");
            }
        }

        foreach (string entry in stale)
            Keys.Remove($"wip:{queue}", entry);
        return $"{entries.Length},{stale.Count},{List(dead)}";
    }

    private bool KeepsItsScore(string note, string score, double patience)
    {
        if (Keys[note]?.Text.Split(' ') is [var noted, var since] && noted == score && Parse(since) <= Keys.WholeMilliseconds)
            return Keys.WholeMilliseconds - Parse(since) >= patience;
        Keys.SetText(note, $"{score} {Keys.WholeMilliseconds}", 600);
        return false;
    }

    private string ReturnUnstarted(SentCall sent)
    {
        string queue = sent.NameIn(2), entry = sent.Argument(3);
        if (Keys.Score($"wip:{queue}", entry) is not { } score || score != Parse(sent.Argument(4)))
            return "alive";
        (string what, string id, _) = JudgeOverdue(queue, entry);
        if (what != "unstarted")
            return "alive";
        bool isListed = Keys.ListOf($"queue:{queue}").Contains(id) || Keys.ListOf($"queue:{queue}:intermediate").Contains(id);
        if (!isListed)
            Keys.Push($"queue:{queue}", id, toHead: true);
        Keys.Remove($"wip:{queue}", entry);
        return isListed ? "listed" : "returned";
    }

    private string ReturnIntermediate(SentCall sent)
    {
        string queue = sent.NameIn(3), intermediate = sent.Key(2), notes = sent.Argument(6)[prefix.Length..];
        double? patience = Parse(sent.Argument(5));
        int left = 0;
        var back = new List<string>();
        IReadOnlyList<string> ids = Keys.ListOf(intermediate);
        foreach (string id in ids)
        {
            bool goes;
            if (!Keys.Exists(Job(id)) || StatusOf(id) is not (null or "queued" or "created"))
            {
                NoteGone(id);
                goes = true;
            }
            else if (Keys.Contains($"wip:{queue}", id) || Keys.MembersOf($"executions:{id}").Any(execution => Keys.Contains($"wip:{queue}", $"{id}:{execution}")))
            {
                continue;
            }
            else
            {
                goes = SeenFor(notes + id, Keys.Field(Job(id), "enqueued_at") ?? "") >= patience;
                if (goes)
                    back.Add(id);
            }

            if (!goes)
                continue;
            left += Keys.RemoveFromList(intermediate, id, most: 1);
            Keys.Delete(notes + id);
        }

        foreach (string id in back.AsEnumerable().Reverse())
            Keys.Push($"queue:{queue}", id, toHead: true);
        return List([ids.Count, left, .. back]);
    }

    private double SeenFor(string note, string life)
    {
        if (Keys[note]?.Text.Split(' ', 2) is [var since, var noted] && noted == life && Parse(since) <= Keys.Seconds)
            return Keys.Seconds - Parse(since)!.Value;
        Keys.SetText(note, $"{Keys.Seconds.ToString("F6", System.Globalization.CultureInfo.InvariantCulture)} {life}", 120);
        return 0;
    }
}
