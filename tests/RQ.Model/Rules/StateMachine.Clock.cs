namespace RQ.Model.Rules;

/// <content>What happens by the clock: schedules, and taking out what has expired.</content>
internal sealed partial class StateMachine
{
    private string HoldSchedules(SentCall sent)
    {
        var states = new List<string>();
        if (sent.Argument(4).Length > 0)
        {
            Keys.SetFields(sent.Key(2), [.. sent.ArgumentsFrom(5)]);
            Keys.Expire(sent.Key(2), sent.Number(4));
        }

        for (int n = 3; n <= sent.KeyCount; n += 2)
        {
            string? owner = Keys[sent.Key(n)]?.Text;
            bool isForeign = owner is not null && owner != sent.Argument(2);
            if (!isForeign)
                Keys.SetText(sent.Key(n), sent.Argument(2), sent.Number(3) / 1000.0);
            states.Add(isForeign ? "foreign" : owner is null ? "taken" : "held");
        }

        return List(states);
    }

    private string LetGoSchedules(SentCall sent)
    {
        int count = 0;
        Keys.Delete(sent.Key(2));
        for (int n = 3; n <= sent.KeyCount; n++)
        {
            if (Keys[sent.Key(n)]?.Text != sent.Argument(3))
                continue;
            Keys.Delete(sent.Key(n));
            count++;
        }

        return Text(count);
    }

    private string Promote(SentCall sent)
    {
        string queue = sent.Argument(3), owner = sent.Argument(4), at = sent.Argument(8), registry = $"scheduled:{queue}";
        _inLine = 0;
        if (owner.Length > 0)
        {
            if (Keys[sent.Key(5)]?.Text != owner)
                return "lost";
            Keys.Expire(sent.Key(5), sent.Number(5) / 1000.0);
        }

        int promoted = 0, kept = 0;
        string[] due = [.. Keys.MembersOf(registry).Where(id => Keys.Score(registry, id) <= Keys.Seconds).Skip((int)sent.Number(6))];
        foreach (string id in due)
        {
            if (StatusOf(id) == "scheduled" && Keys.Field(Job(id), "origin") == queue)
            {
                MoveToQueue(id, queue, at);
                promoted++;
            }
            else if (StayForPython(registry, id) is { } moved)
            {
                kept += moved ? 0 : 1;
                continue;
            }
            else if (StatusOf(id) is null)
            {
                NoteGone(id);
            }

            Keys.Remove(registry, id);
        }

        return $"ok,{promoted},{due.Length},{kept}";
    }

    private void MoveToQueue(string id, string queue, string at)
    {
        string? Field(string name) => Keys.Field(Job(id), name);
        if (NotEmpty(Field("rate_limit_key")) is { } rate)
        {
            WaitForSlot(rate, Field("rate_limit_concurrency") ?? "1", id);
            Keys.SetFields("releasing", $"rl:{rate}", "admit");
        }
        else
        {
            // At the head those that were to be, and retries whose job asked for that.
            bool atFront = Field("enqueue_at_front") == "1" || (Field("enqueue_at_front_on_retry") == "1" && NotEmpty(Field("started_at")) is not null);
            Keys.Push($"queue:{queue}", id, atFront);
            Keys.SetFields(Job(id), "status", "queued", "enqueued_at", at);
        }

        Keys.Persist(Job(id));
        WaitAgain(id);
    }

    /// <summary>Python lists a job before it writes it: an entry without a job stays for a minute after it was due.</summary>
    /// <returns><c>null</c> when it goes; else whether its score was moved.</returns>
    private bool? StayForPython(string registry, string id)
    {
        double score = Keys.Score(registry, id)!.Value;
        if (score > Keys.WholeSeconds - 60)
            return false;
        if (score != Math.Floor(score))
            return null;
        Keys.AddSorted(registry, Keys.WholeSeconds - 58 + 0.5, id);
        return true;
    }

    private string Prune(SentCall sent)
    {
        string registry = sent.Key(2);
        string[] expired = [.. Keys.MembersOf(registry).Where(id => Keys.Score(registry, id) >= 0 && Keys.Score(registry, id) <= Keys.WholeSeconds)];
        Keys.Remove(registry, expired);
        return Text(expired.Length);
    }

    private string PruneWorkers(SentCall sent)
    {
        string[] gone = [.. Keys.MembersOf(sent.Key(2)).Where(record => !IsWorker(record[prefix.Length..]))];
        Keys.Remove(sent.Key(2), gone);
        return List("0", gone.Length);
    }

    private string Sweep(SentCall sent)
    {
        string registry = sent.Key(2);
        string[] statuses = sent.Argument(5).Split(',');
        IReadOnlyList<string> ids = Keys.MembersOf(registry);
        int removed = 0;
        foreach (string entry in ids)
        {
            string id = statuses.Contains("started") && !Keys.Exists(Job(entry)) && entry.LastIndexOf(':') is var colon and >= 0 ? entry[..colon] : entry;
            if (Belongs(id, statuses) || (!Keys.Exists(Job(id)) && statuses.Contains("scheduled") && Keys.Score(registry, entry) > Keys.WholeSeconds - 60))
                continue;
            NoteGone(id);
            Keys.Remove(registry, entry);
            removed++;
        }

        return List(ids.Count, removed);
    }

    /// <summary>Also what Python has only made and scheduled, and what it has listed as running and not started.</summary>
    private bool Belongs(string id, string[] statuses) => StatusOf(id) is { } status && (statuses.Contains(status) || status switch
    {
        "queued" => statuses.Contains("started") || (statuses.Contains("scheduled") && NotEmpty(Keys.Field(Job(id), "enqueued_at")) is null),
        "created" => statuses.Contains("started") || statuses.Contains("scheduled"),
        _ => false,
    });

    private string SweepGroup(SentCall sent)
    {
        string group = sent.Argument(3), key = $"group:{group}";
        string[] gone = [.. Keys.MembersOf(key).Where(id => !Keys.Exists(Job(id)))];
        Keys.Remove(key, gone);
        if (!Keys.Exists(key))
            Keys.Remove("groups", group);
        return List("0", gone.Length);
    }

    private string Compact(SentCall sent)
    {
        string list = sent.Key(2);
        IReadOnlyList<string> ids = Keys.ListOf(list);
        int removed = 0;
        foreach (string id in ids.Where(id => !Keys.Exists(Job(id))))
        {
            NoteGone(id);
            Keys.RemoveFromList(list, id, most: 1);
            removed++;
        }

        return List(ids.Count, removed);
    }

    private string Elect(SentCall sent)
    {
        var mine = new List<object>();
        for (int n = 2; n <= sent.KeyCount; n++)
        {
            string key = sent.Key(n);
            if (!Keys.Exists(key))
                Keys.SetText(key, sent.Argument(2), sent.Number(3) / 1000.0);
            else if (Keys[key]!.Text != "1" && Keys[key]!.Expires - Keys.Now > sent.Number(3) * 1000)
                Keys.SetText(key, sent.Argument(2), sent.Number(3) / 1000.0);
            if (Keys[key]!.Text == sent.Argument(2))
                mine.Add(n - 1);
        }

        return List(mine);
    }
}
