namespace RQ.Model.Rules;

/// <content>What every end of a job shares: its result, how long it is kept, and those that wait for it.</content>
internal sealed partial class StateMachine
{
    /// <summary>How it went with those that wait for a job that has ended.</summary>
    private enum Released
    {
        /// <summary>Nobody waited.</summary>
        Nobody,

        /// <summary>All were looked at.</summary>
        All,

        /// <summary>More is left to do, and noted in <c>releasing</c>.</summary>
        NotAll,
    }

    /// <param name="id">The job.</param>
    /// <param name="ttl">Seconds, −1 for ever.</param>
    /// <param name="entry">How the model writes the result.</param>
    /// <param name="field">Of a server without streams: the field that holds it.</param>
    /// <param name="value">What that holds; <c>null</c> for nothing.</param>
    private void StoreResult(string id, string ttl, string entry, string field, string? value)
    {
        if (resultMode == "hash")
        {
            Keys.DropFields(Job(id), "result", "exc_info");
            if (value is not null)
                Keys.SetFields(Job(id), field, value);
            return;
        }

        if (resultMode == "copy")
        {
            if (!Keys.Exists("result-template"))
                Keys.Append("result-template", "0:");
            LiveFor("result-template", ttl);
        }

        Keys.Append(Results(id), entry);
        LiveFor(Results(id), ttl);
    }

    private void LiveFor(string key, string ttl)
    {
        if (ttl == "-1")
            Keys.Persist(key);
        else
            Keys.Expire(key, Parse(ttl)!.Value);
    }

    /// <summary>All keys of an ended job live as long as it does.</summary>
    private void KeepFor(string id, string ttl, Released released, bool depended, bool hasLog)
    {
        if (ttl == "0")
        {
            Keys.Delete(Job(id), Dependencies(id), LogOf(id), Results(id));
            if (released != Released.NotAll)
                Keys.Delete(Dependents(id));
            return;
        }

        LiveFor(Job(id), ttl);
        if (depended)
            LiveFor(Dependencies(id), ttl);
        if (released == Released.All)
            LiveFor(Dependents(id), ttl);
        if (hasLog && ttl != "-1")
            LiveFor(LogOf(id), ttl);
    }

    /// <summary>The execution did not finish: the job ends as failed or stopped, or waits again.</summary>
    private Released EndUnfinished(Unfinished end)
    {
        string id = end.Id, job = Job(id);
        bool isEnd = end.To is "failed" or "stopped";
        string ttl = end.FailureTtl.Length > 0 ? end.FailureTtl : Text(Year);
        if (end.ResultType.Length > 0 && ttl != "0")
            StoreResult(id, ttl, $"{end.ResultType}:{end.Execution}", "exc_info", NotEmpty(end.Text));
        Released released = Released.Nobody;
        if (isEnd)
        {
            if (ttl != "0" && end.ResultType.Length > 0)
                Keys.AddSorted($"failed:{end.Queue}", ttl == "-1" ? -1 : Keys.WholeSeconds + Parse(ttl)!.Value, id);
            Keys.SetFields(job, "status", end.To, "started_at", end.StartedAt, "ended_at", end.EndedAt, "last_heartbeat", end.EndedAt, "last_outcome", end.Outcome);
            (released, bool isLeft) = ReleaseDependents(id, end.To, end.EndedAt, end.MayTouch);
            KeepFor(id, ttl, released, end.HasDependencies, end.HasLog);
            isLeft |= end.Rate is { } slot && FreeSlot(slot, id, end.EndedAt, end.MayTouch);
            return isLeft ? Released.NotAll : released;
        }

        if (end.To == "scheduled")
        {
            PutOnSchedule(end.Queue, Rounded(Keys.Seconds + end.Delay, 3), id);
            if (end.AtFront)
                Keys.SetFields(job, "enqueue_at_front_on_retry", "1");
        }
        else
        {
            Keys.Push($"queue:{end.Queue}", id, end.AtFront);
            Keys.SetFields(job, "enqueued_at", end.EndedAt);
        }

        Keys.SetFields(job, "status", end.To, "started_at", end.StartedAt, "ended_at", end.EndedAt, "last_outcome", end.Outcome);
        Keys.Increase(job, "attempts");
        if (end.RetriesLeft.Length > 0)
            Keys.SetFields(job, "retries_left", end.RetriesLeft);
        if (end.NumberOfRetries.Length > 0)
            Keys.SetFields(job, "number_of_retries", end.NumberOfRetries);
        if (end.IsRecovered)
            Keys.Increase(job, "recoveries");
        if (end.To == "queued")
            WaitAgain(id);
        else if (end.Rate is { } rate && FreeSlot(rate, id, end.EndedAt, end.MayTouch))
            released = Released.NotAll;
        return released;
    }

    /// <summary>deferred or scheduled → failed or canceled, unrun. Those that wait for it are told by <c>release.lua</c>.</summary>
    /// <returns>Whether anybody waits.</returns>
    private bool EndWaiting(string id, string queue, string to, string text, string at)
    {
        string ttl = Keys.Field(Job(id), "failure_ttl") ?? Text(Year);
        bool hasLog = Keys.Field(Job(id), "has_log") is not null;
        Keys.Remove($"deferred:{queue}", id);
        Keys.SetFields(Job(id), "status", to, "ended_at", at);
        if (to == "failed" && ttl != "0")
        {
            StoreResult(id, ttl, "2:", "exc_info", text);
            Keys.AddSorted($"failed:{queue}", ttl == "-1" ? -1 : Keys.WholeSeconds + Parse(ttl)!.Value, id);
        }
        else if (to == "canceled" && ttl != "0")
        {
            Keys.AddSorted($"canceled:{queue}", Keys.WholeSeconds, id);
        }

        bool isWaitedFor = Keys.Exists(Dependents(id));
        if (isWaitedFor)
        {
            Keys.Persist(Dependents(id));
            if (Keys.Field("releasing", id) != "finished")
                Keys.SetFields("releasing", id, to);
        }

        KeepFor(id, ttl, isWaitedFor ? Released.NotAll : Released.Nobody, true, hasLog);
        return isWaitedFor;
    }

    /// <summary>An execution that did not finish, and where its job is to go.</summary>
    private sealed record Unfinished(string Id, string Execution, string Queue, string To, bool AtFront, double Delay, string RetriesLeft, string ResultType)
    {
        public string NumberOfRetries { get; init; } = "";

        public string FailureTtl { get; init; } = "";

        public string StartedAt { get; init; } = "";

        public string EndedAt { get; init; } = "";

        public string Text { get; init; } = "";

        public string Outcome { get; init; } = "";

        public bool IsRecovered { get; init; }

        public string? Rate { get; init; }

        public bool HasDependencies { get; init; }

        public bool HasLog { get; init; }

        public required Func<string, bool> MayTouch { get; init; }
    }
}
