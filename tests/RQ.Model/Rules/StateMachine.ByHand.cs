namespace RQ.Model.Rules;

/// <content>What people do to jobs.</content>
internal sealed partial class StateMachine
{
    private string Cancel(SentCall sent)
    {
        string at = sent.Argument(3), only = sent.Argument(8), token = sent.Argument(9), outcome = sent.IsTrue(5) ? "gone" : "canceled";
        Func<string, bool> mayTouch = MayTouch(sent, 4);
        string[] ids = [.. sent.ArgumentsFrom(10)];
        _inLine = 0;
        if (MustDeclare(ids, mayTouch))
            return "declare";
        var places = ids.ToDictionary(id => id, PlaceOf);
        return List(ids.Select(id =>
        {
            Place place = places[id];
            if (!place.Exists)
                return "missing";
            if (place.Status == "canceled" && Keys.Field(Job(id), "change_token") == token)
                return Keys.Field("releasing", id) is not null ? "releasing" : "done";
            if (place.Status is "finished" or "failed" or "stopped" or "canceled" || (only.Length > 0 && place.Status != only))
                return place.Status!;
            string worker = place.Status == "started" ? $":{Keys.Field(Job(id), "worker_name")}" : "";
            if (sent.IsTrue(6))
                ForgetParents(id);
            return (CancelOne(id, place, at, sent.Argument(7), outcome, token, mayTouch) ? "releasing" : "done") + worker;
        }));
    }

    private bool MustDeclare(IEnumerable<string> ids, Func<string, bool> mayTouch) => ids.Select(PlaceOf).Any(place => place.List is { } list && !mayTouch(list));

    /// <returns>Whether more is left to <c>release.lua</c> or <c>admit.lua</c>.</returns>
    private bool CancelOne(string id, Place place, string at, string ttl, string outcome, string token, Func<string, bool> mayTouch)
    {
        if (ttl.Length == 0)
            ttl = place.FailureTtl ?? Text(Year);
        if (ttl != "0")
            Keys.AddSorted($"canceled:{place.Queue}", Keys.WholeSeconds, id);
        Keys.SetFields(Job(id), "status", "canceled", "change_token", token);
        LeavePlace(id, place);
        if (place.Status == "started")
            Keys.Delete($"execution:{id}:{place.Execution}", $"executions:{id}");
        (Released released, bool isLeft) = ReleaseDependents(id, outcome, at, mayTouch);
        if (ttl is not ("0" or "-1"))
            Keys.Expire(Results(id), Parse(ttl)!.Value);
        KeepFor(id, ttl, released, true, place.HasLog);
        isLeft |= released == Released.NotAll;
        return (place.Rate is { } rate && FreeSlot(rate, id, at, mayTouch)) || isLeft;
    }

    private string Delete(SentCall sent)
    {
        string at = sent.Argument(3);
        Func<string, bool> mayTouch = MayTouch(sent, 4);
        string[] ids = [.. sent.ArgumentsFrom(7)], only = sent.Argument(6).Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (MustDeclare(ids, mayTouch))
            return "declare";
        var places = ids.ToDictionary(id => id, PlaceOf);
        return List(ids.Select(id =>
        {
            if (places[id].Exists)
                return only.Length > 0 && !only.Contains(places[id].Status) ? "elsewhere" : DeleteOne(id, places[id], at, mayTouch) ? "releasing" : "deleted";
            foreach (string registry in sent.Argument(5).Length > 0 ? s_registries : [])
                Keys.Remove($"{registry}:{sent.Argument(5)}", id);
            NoteGone(id);
            ForgetParents(id);
            Keys.Delete(Dependencies(id), Results(id), LogOf(id));
            return "missing";
        }));
    }

    private static readonly string[] s_registries = ["finished", "failed", "deferred", "scheduled", "canceled"];

    private bool DeleteOne(string id, Place place, string at, Func<string, bool> mayTouch)
    {
        LeavePlace(id, place);
        if (place.Group is { } group)
            Keys.Remove($"group:{group}", id);
        bool left = Keys.Exists(Dependents(id));
        if (left)
        {
            Keys.Persist(Dependents(id));
            if (Keys.Field("releasing", id) is null)
                Keys.SetFields("releasing", id, "deleted");
        }

        foreach (string execution in Keys.MembersOf($"executions:{id}"))
            Keys.Delete($"execution:{id}:{execution}");
        ForgetParents(id);
        Keys.Delete(Dependencies(id), Job(id), Results(id), $"executions:{id}", LogOf(id));
        return (place.Rate is { } rate && FreeSlot(rate, id, at, mayTouch)) || left;
    }

    private string Empty(SentCall sent)
    {
        string list = sent.Key(2), at = sent.Argument(3);
        Func<string, bool> mayTouch = MayTouch(sent, 4);
        IReadOnlyList<string> ids = Keys.ListOf(list);
        int jobs = 0;
        foreach (string id in ids)
        {
            Keys.RemoveFromList(list, id, most: 1);
            Place place = PlaceOf(id);
            if (place.Exists && (place.Status is null or "created" || place.List == list))
            {
                jobs++;
                place = place with { Status = null };
                if (sent.Argument(6) == "cancel")
                    CancelOne(id, place, at, "", "canceled", "", mayTouch);
                else
                    DeleteOne(id, place, at, mayTouch);
            }
            else if (!place.Exists)
            {
                NoteGone(id);
            }
        }

        return $"{ids.Count},{jobs}";
    }

    private string ForgetQueue(SentCall sent)
    {
        if (Keys.Exists(sent.Key(3)))
            return "scheduled";
        Keys.Remove(sent.Key(2), sent.Argument(2));
        return "forgotten";
    }

    private string Requeue(SentCall sent)
    {
        string at = sent.Argument(3), target = sent.Argument(6), token = sent.Argument(9);
        bool atFront = sent.IsTrue(5), fromAnywhere = sent.Argument(7) == "any";
        Func<string, bool> mayTouch = MayTouch(sent, 4);
        string[] ids = [.. sent.ArgumentsFrom(10)];
        _inLine = 0;
        var places = ids.ToDictionary(id => id, PlaceOf);
        string QueueFor(string id) => target.Length > 0 ? target : places[id].Queue;
        if (MustDeclare(ids, mayTouch) || ids.Any(id => places[id].Exists && !mayTouch($"queue:{QueueFor(id)}")))
            return "declare";
        return List(ids.Select(id =>
        {
            Place place = places[id];
            if (!place.Exists)
            {
                if (sent.Argument(8).Length > 0)
                    Keys.Remove($"failed:{sent.Argument(8)}", id);
                return "missing";
            }

            if (Keys.Field(Job(id), "change_token") == token)
                return "done";
            bool hasFailed = place.Status is "failed" or "stopped";
            bool isElsewhere = sent.Argument(7) == "origin" && place.Queue != sent.Argument(8);
            if (fromAnywhere ? place.Status == "started" : isElsewhere || !(hasFailed && Keys.Contains($"failed:{place.Queue}", id)))
                return place.Status ?? "created";
            string queue = QueueFor(id);
            LeavePlace(id, place);
            if (Keys.Field("releasing", id) != "finished")
                Keys.DropFields("releasing", id);
            if (fromAnywhere)
                ForgetParents(id);
            Keys.AddToSet("queues", $"{prefix}queue:{queue}");
            Keys.SetFields(Job(id), "origin", queue, "started_at", "", "ended_at", "", "change_token", token);
            Keys.DropFields(Job(id), "exc_info", "recoveries", "unknown_since");
            if (hasFailed)
                Keys.Increase(Job(id), "attempts");
            foreach (string key in new[] { Job(id), Dependents(id), Dependencies(id), LogOf(id) })
                Keys.Persist(key);
            if (place.Rate is { } rate)
            {
                Keys.Remove($"rl:{rate}:allowed", id);
                WaitForSlot(rate, Keys.Field(Job(id), "rate_limit_concurrency") ?? "1", id);
                return AdmitOrNote(rate, at, mayTouch) ? "releasing" : "done";
            }

            Keys.Push($"queue:{queue}", id, atFront);
            Keys.SetFields(Job(id), "status", "queued", "enqueued_at", at);
            WaitAgain(id);
            return "done";
        }));
    }

    private string Reschedule(SentCall sent)
    {
        string id = sent.Argument(3), job = Job(id);
        Place place = PlaceOf(id);
        if (!place.Exists)
            return "missing";
        if (sent.Argument(5).Length > 0 && place.Queue != sent.Argument(5))
            return "elsewhere";
        if (Keys.Field(job, "change_token") == sent.Argument(6))
            return "done";
        if (place.Status == "scheduled")
            PutOnSchedule(place.Queue, Parse(sent.Argument(4))!.Value, id);
        else if (place.Status == "deferred")
            Keys.SetFields(job, "due", sent.Argument(4));
        else
            return place.Status ?? "created";
        Keys.SetFields(job, "change_token", sent.Argument(6));
        return "done";
    }

    private string EndRepeats(SentCall sent)
    {
        string job = sent.Key(2);
        if (!Keys.Exists(job))
            return "-1";
        if (Keys.Field(job, "repeats_ended") == sent.Argument(2))
            return "1";
        if (!(Parse(Keys.Field(job, "repeats_left")) > 0))
            return "0";
        Keys.SetFields(job, "repeats_left", "0", "repeats_ended", sent.Argument(2));
        return "1";
    }

    private string? DeleteResults(SentCall sent)
    {
        Keys.Delete(sent.Key(3));
        if (!Keys.Exists(sent.Key(2)))
            return null;
        Keys.DropFields(sent.Key(2), "result", "exc_info");
        if (resultMode == "hash")
            Keys.SetFields(sent.Key(2), "results_deleted", Keys.Field(sent.Key(2), "last_execution") ?? "-");
        return null;
    }
}
