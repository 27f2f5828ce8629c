namespace RQ.Model.Rules;

/// <content>Rate limits: at most so many jobs of a key are queued or running, the others stand in line, the first come first.</content>
internal sealed partial class StateMachine
{
    /// <summary>Jobs of one call that come into line keep their order by fractions of a second.</summary>
    private int _inLine;

    private void WaitForSlot(string key, string concurrency, string id)
    {
        Keys.AddToSet("rl-keys", key);
        Keys.SetFields($"rl:{key}", "concurrency", concurrency);
        Keys.SetFields(Job(id), "status", "rate_limited");
        // Who is in line holds no slot.
        Keys.Remove($"rl:{key}:allowed", id);
        Keys.AddSorted($"rl:{key}:rate_limited", Rounded((Keys.Now + _inLine++) / 1_000_000.0, 6), id);
    }

    private bool HoldsSlot(string key, string id) => StatusOf(id) is "queued" or "started" && Keys.Field(Job(id), "rate_limit_key") == key;

    /// <returns>The list that it was not allowed to touch; <c>null</c> when no slot or nobody was left.</returns>
    private string? AdmitWaiting(string key, string at, Func<string, bool> mayTouch)
    {
        string allowed = $"rl:{key}:allowed", waiting = $"rl:{key}:rate_limited";
        int most = (int)(Parse(Keys.Field($"rl:{key}", "concurrency")) ?? 1);
        // The slot of a job that expired on its queue is free, for whoever looks at a limit that is full; also when its id is another job's now.
        if (Keys.Count(allowed) >= most)
        {
            foreach (string id in Keys.MembersOf(allowed).Take(5).Where(id => !HoldsSlot(key, id)))
                Keys.Remove(allowed, id);
        }

        while (Keys.Count(allowed) < most && Keys.MembersOf(waiting) is [var id, ..])
        {
            string? status = StatusOf(id);
            if (status == "rate_limited" && Keys.Field(Job(id), "rate_limit_key") == key)
            {
                string list = $"queue:{Keys.Field(Job(id), "origin")}";
                if (!mayTouch(list))
                    return list;
                Keys.Push(list, id, Keys.Field(Job(id), "enqueue_at_front") == "1");
                Keys.SetFields(Job(id), "status", "queued", "enqueued_at", at);
                WaitAgain(id);
                Keys.AddSorted(allowed, Keys.WholeSeconds, id);
            }
            else if (status is null)
            {
                NoteGone(id);
            }

            Keys.Remove(waiting, id);
        }

        if (!Keys.Exists(allowed) && !Keys.Exists(waiting))
        {
            Keys.Delete($"rl:{key}");
            Keys.Remove("rl-keys", key);
        }

        return null;
    }

    /// <summary>The job no longer counts; the next one comes in, or the limit is noted for whoever may touch the list.</summary>
    /// <returns>Whether something was left.</returns>
    private bool FreeSlot(string key, string id, string at, Func<string, bool> mayTouch)
    {
        Keys.Remove($"rl:{key}:allowed", id);
        return AdmitOrNote(key, at, mayTouch);
    }

    private bool AdmitOrNote(string key, string at, Func<string, bool> mayTouch)
    {
        if (AdmitWaiting(key, at, mayTouch) is null)
            return false;
        Keys.SetFields("releasing", $"rl:{key}", "admit");
        return true;
    }

    private string Admit(SentCall sent)
    {
        string key = sent.Argument(3);
        if (sent.Argument(6).Length > 0)
        {
            foreach (string id in Keys.MembersOf($"rl:{key}:allowed").Where(id => !HoldsSlot(key, id)))
                Keys.Remove($"rl:{key}:allowed", id);
        }

        if (AdmitWaiting(key, sent.Argument(4), MayTouch(sent, 5)) is not null)
            return "declare";
        Keys.DropFields("releasing", $"rl:{key}");
        return "done";
    }
}
