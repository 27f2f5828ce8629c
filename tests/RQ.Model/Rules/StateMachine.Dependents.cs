namespace RQ.Model.Rules;

/// <content>Jobs that wait for others.</content>
internal sealed partial class StateMachine
{
    /// <summary>
    /// Whether a parent's end is good enough. What it ended as is noted in <c>releasing</c> while its dependents are looked at; gone
    /// counts as met, deleted only for those that run whatever happened.
    /// </summary>
    private bool IsMet(string parent, bool allowsFailure, bool runsAnyway) => (Keys.Field("releasing", parent) ?? StatusOf(parent)) switch
    {
        null or "finished" or "gone" => true,
        "failed" => allowsFailure || runsAnyway,
        "stopped" or "canceled" or "deleted" => runsAnyway,
        _ => false,
    };

    /// <summary>What a look at those that wait for a job found.</summary>
    private sealed record Found(List<string> Ready, List<string> Doomed, List<string> Over, List<string> Refused);

    private Found LookAtDependents(string parent, string outcome, Func<string, bool> mayTouch)
    {
        var found = new Found([], [], [], []);
        foreach (string id in Keys.MembersOf(Dependents(parent)))
        {
            string? Field(string name) => Keys.Field(Job(id), name);
            string? status = StatusOf(id);
            bool allows = Field("allow_dependency_failures") == "1", runs = Field("if_unmet") == "run";
            if (status != "deferred")
            {
                if (status is null)
                    NoteGone(id);
                found.Over.Add(id);
            }
            else if (!IsMet(parent, allows, runs))
            {
                if (Field("if_unmet") is "fail" or "cancel")
                    found.Doomed.Add(id);
            }
            else if (Keys.MembersOf(Dependencies(id)).FirstOrDefault(other => !IsMet(other, allows, runs)) is not { } unmet)
            {
                string list = $"queue:{Field("origin")}";
                bool needsList = !IsLater(id) && NotEmpty(Field("rate_limit_key")) is null;
                (needsList && !mayTouch(list) ? found.Refused : found.Ready).Add(needsList && !mayTouch(list) ? list : id);
            }
            else
            {
                WaitFor(id, unmet);
                // From now on it counts as met, also when it is still there, canceled.
                if (outcome == "gone")
                    Keys.Remove(Dependencies(id), parent);
            }
        }

        found.Ready.Sort((one, other) => string.CompareOrdinal(Age(one), Age(other)));
        return found;

        string Age(string id) => $"{Keys.Field(Job(id), "created_at")} {id}";
    }

    /// <summary>A job under a parent's id that came after the one that waits does not list it yet.</summary>
    private void WaitFor(string id, string parent)
    {
        bool isNew = !Keys.Contains(Dependents(parent), id);
        Keys.AddToSet(Dependents(parent), id);
        if (isNew && HasEndedBadly(StatusOf(parent)) && Keys.TimeToLive(Job(parent)) is > 0 and var left)
            Keys.Expire(Dependents(parent), left);
    }

    private bool IsLater(string id) => Parse(Keys.Field(Job(id), "due")) > Keys.Seconds;

    /// <summary>The ready ones go where enqueue would have put them.</summary>
    /// <returns>Whether jobs in line for a rate limit were left to <c>admit.lua</c>.</returns>
    private bool QueueDependents(string parent, Found found, string at)
    {
        bool left = false;
        foreach (string id in found.Ready)
        {
            string queue = Keys.Field(Job(id), "origin")!;
            if (IsLater(id))
            {
                PutOnSchedule(queue, Rounded(Parse(Keys.Field(Job(id), "due"))!.Value, 6), id);
                Keys.SetFields(Job(id), "status", "scheduled");
                Keys.Persist(Job(id));
                Keys.Persist(Dependencies(id));
            }
            else if (NotEmpty(Keys.Field(Job(id), "rate_limit_key")) is { } rate)
            {
                WaitForSlot(rate, Keys.Field(Job(id), "rate_limit_concurrency") ?? "1", id);
                Keys.SetFields("releasing", $"rl:{rate}", "admit");
                left = true;
            }
            else
            {
                Keys.Push($"queue:{queue}", id, Keys.Field(Job(id), "enqueue_at_front") == "1");
                Keys.SetFields(Job(id), "status", "queued", "enqueued_at", at);
                WaitAgain(id);
            }

            Keys.Remove($"deferred:{queue}", id);
            Keys.Remove(Dependents(parent), id);
        }

        foreach (string id in found.Over)
            Keys.Remove(Dependents(parent), id);
        return left;
    }

    /// <summary>The job has ended: a call that ends few looks at all that wait for them at once.</summary>
    /// <returns>How it went, and whether jobs in line for a rate limit were left to <c>admit.lua</c>.</returns>
    private (Released Released, bool IsLeft) ReleaseDependents(string id, string outcome, string at, Func<string, bool> mayTouch)
    {
        if (!Keys.Exists(Dependents(id)))
            return (Released.Nobody, false);
        Keys.Persist(Dependents(id));
        // Those that still wait for the good end of an earlier run of a job that repeats are released by that.
        if (Keys.Field("releasing", id) != "finished")
            Keys.SetFields("releasing", id, outcome);
        Found found = LookAtDependents(id, outcome, mayTouch);
        bool left = QueueDependents(id, found, at);
        if (found.Refused.Count + found.Doomed.Count > 0)
            return (Released.NotAll, left);
        EndRelease(id);
        return (Released.All, left);
    }

    /// <summary>All were looked at: those left wait for the job to be run again, as long as it is there.</summary>
    private void EndRelease(string id)
    {
        Keys.DropFields("releasing", id);
        long left = Keys.TimeToLive(Job(id));
        if (left == -2)
            Keys.Delete(Dependents(id));
        else if (left >= 0 && (HasEndedBadly(StatusOf(id)) || StatusOf(id) == "finished"))
            Keys.Expire(Dependents(id), (Keys[Job(id)]!.Expires!.Value - Keys.Now) / 1_000_000.0);
    }

    private string Release(SentCall sent)
    {
        string parent = sent.Argument(3), at = sent.Argument(6);
        if (Keys.Field("releasing", parent) is not { } outcome)
            return "done,0";
        Found found = LookAtDependents(parent, outcome, MayTouch(sent, 10));
        if (found.Refused.Count > 0)
            return "declare";
        QueueDependents(parent, found, at);
        foreach (string id in found.Doomed)
        {
            string to = Keys.Field(Job(id), "if_unmet") == "fail" ? "failed" : "canceled";
            EndWaiting(id, Keys.Field(Job(id), "origin")!, to, sent.Argument(9), at);
            Keys.Remove(Dependents(parent), id);
        }

        // Only a pass that takes nobody out of the set is the last.
        bool removed = sent.IsTrue(5) || found.Ready.Count + found.Over.Count + found.Doomed.Count > 0;
        if (removed && Keys.Exists(Dependents(parent)))
            return $"next,{found.Ready.Count}";
        EndRelease(parent);
        return $"done,{found.Ready.Count}";
    }

    /// <summary>deferred → failed, when the time to wait is over. Entries of jobs that are gone leave the registry.</summary>
    private string ExpireDeferred(SentCall sent)
    {
        string queue = sent.Argument(3), registry = $"deferred:{queue}";
        int looked = 0, left = 0;
        foreach (string id in Keys.MembersOf(registry))
        {
            looked++;
            if (StatusOf(id) is null)
            {
                NoteGone(id);
                Keys.Remove(registry, id);
                left++;
            }
            else if (StatusOf(id) == "deferred" && Parse(Keys.Field(Job(id), "ttl")) is { } ttl && Keys.Score(registry, id) + ttl <= Keys.WholeSeconds)
            {
                EndWaiting(id, queue, "failed", sent.Argument(7), sent.Argument(8));
                left++;
            }
        }

        return $"{looked},{left}";
    }
}
