namespace RQ.Model.Rules;

/// <content>nothing → queued; deferred, scheduled, rate limited or started. An id in use leaves its old place first.</content>
internal sealed partial class StateMachine
{
    private sealed record NewOne(string Queue, string Id, string Token, bool AtFront, string Ttl, bool AllowsFailure, string IfUnmet, string At)
    {
        public string Unique { get; init; } = "";

        public double? Due { get; init; }

        public string Group { get; init; } = "";

        public string Rate { get; init; } = "";

        public string Concurrency { get; init; } = "";

        public string Execution { get; init; } = "";

        public string[] Parents { get; init; } = [];

        public string[] Fields { get; init; } = [];

        /// <summary>What was under the id before; <c>null</c> for an id that is fresh.</summary>
        public Place? Before { get; set; }

        /// <summary>Whether the same call came before.</summary>
        public bool IsAgain { get; set; }

        public bool IsLater(double now) => Due > now;
    }

    private static NewOne ReadNewOne(SentCall sent, string[] queues)
    {
        var job = new NewOne(queues[sent.NextNumber() - 1], sent.Next(), sent.Next(), sent.Next() == "1", sent.Next(), sent.Next() == "1", sent.Next(), sent.Next())
        {
            Unique = sent.Next(),
            Due = Parse(sent.Next()),
            Group = sent.Next(),
            Rate = sent.Next(),
            Concurrency = sent.Next(),
            Execution = sent.Next(),
            Parents = sent.Next((int)sent.NextNumber()),
            Fields = sent.Next((int)sent.NextNumber()),
        };
        return job;
    }

    private string Enqueue(SentCall sent)
    {
        int queueCount = (int)sent.Number(5), jobCount = (int)sent.Number(6);
        sent.Seek(7);
        string[] queues = [.. Enumerable.Range(0, queueCount).Select(n => sent.NameIn(5 + 4 * n))];
        double?[] most = [.. Enumerable.Range(0, queueCount).Select(_ => Parse(sent.Next()))];
        NewOne[] jobs = [.. Enumerable.Range(0, jobCount).Select(_ => ReadNewOne(sent, queues))];
        Func<string, bool> mayTouch = MayTouch(sent, 3);
        _inLine = 0;
        bool mustDeclare = false;
        foreach (NewOne job in jobs)
        {
            job.Before = job.Token.Length > 0 ? PlaceOf(job.Id) : null;
            if (Keys.Exists(Job(job.Id)) && (job.Token.Length == 0 || Keys.Field(Job(job.Id), "enqueue_token") == job.Token))
                job.IsAgain = true;
            else if (job.Before is { Exists: true } && (job.Unique == "stored" || (job.Unique == "active" && IsActive(job.Before.Status))))
                return List("duplicate", job.Id, job.Before.Status ?? "created");
            else if (job.Before is { Status: "started" })
                return List("running", job.Id);
            else
                mustDeclare |= job.Before?.List is { } list && !mayTouch(list);
        }

        if (mustDeclare)
            return "declare";
        Dictionary<string, NewOne> inCall = jobs.Where(job => !job.IsAgain).ToDictionary(job => job.Id);
        if (jobs.FirstOrDefault(job => !job.IsAgain && ClosesCycle(job, inCall)) is { } closing)
            return $"cycle,{closing.Id}";
        for (int n = 0; n < queueCount; n++)
        {
            int pushed = jobs.Count(job => job.Queue == queues[n] && !job.IsAgain && IsPushed(job, inCall));
            int length = Keys.Count($"queue:{queues[n]}");
            if (most[n] is { } limit && pushed > 0 && length + pushed > limit)
                return List("full", queues[n], length, limit);
        }

        foreach (string queue in queues)
            Keys.AddToSet("queues", $"{prefix}queue:{queue}");
        var statuses = new List<string>();
        foreach (NewOne job in jobs)
        {
            inCall.Remove(job.Id);
            statuses.Add(job.IsAgain ? StatusOf(job.Id) ?? "queued" : Settle(job, Unmet(job, inCall), mayTouch));
        }

        return $"ok,{List(statuses)}";
    }

    private static bool IsActive(string? status) => status is "queued" or "deferred" or "scheduled" or "started" or "rate_limited";

    private static bool HasEndedBadly(string? status) => status is "failed" or "stopped" or "canceled";

    private string[] Unmet(NewOne job, Dictionary<string, NewOne> inCall) => [.. job.Parents.Where(parent =>
    {
        string? status = StatusOf(parent);
        bool isMet = status is null or "finished" || (status == "failed" && job.AllowsFailure) || (HasEndedBadly(status) && job.IfUnmet == "run");
        return !isMet || inCall.ContainsKey(parent);
    })];

    private bool IsPushed(NewOne job, Dictionary<string, NewOne> inCall) =>
        !job.IsLater(Keys.Seconds) && job.Execution.Length == 0 && job.Rate.Length == 0 && job.Before?.List != $"queue:{job.Queue}" && Unmet(job, inCall).Length == 0;

    /// <summary>
    /// Whether it would wait, by whatever detour, for itself. Only a job that others are known to wait for is looked at: who waited for one
    /// that was deleted waits on in any case.
    /// </summary>
    private bool ClosesCycle(NewOne job, Dictionary<string, NewOne> inCall)
    {
        if (!Keys.Exists(Dependents(job.Id)))
            return job.Parents.Contains(job.Id);
        var seen = new HashSet<string>();
        var left = new Stack<string>(job.Parents);
        while (left.TryPop(out string? id))
        {
            if (id == job.Id)
                return true;
            if (!seen.Add(id))
                continue;
            IEnumerable<string> parents = inCall.TryGetValue(id, out NewOne? other) ? other.Parents : StatusOf(id) == "deferred" ? Keys.MembersOf(Dependencies(id)) : [];
            foreach (string parent in parents)
                left.Push(parent);
        }

        return false;
    }

    private string Settle(NewOne job, string[] unmet, Func<string, bool> mayTouch)
    {
        string list = $"queue:{job.Queue}";
        bool keepsPlace = Displace(job);
        if (job.Group.Length > 0)
        {
            Keys.AddToSet($"group:{job.Group}", job.Id);
            Keys.AddToSet("groups", job.Group);
        }

        string status = unmet.Length > 0 ? Defer(job, unmet) : GoToPlace(job, mayTouch);
        if (status == "queued" && job.Rate.Length == 0)
        {
            if (!keepsPlace)
                Keys.Push(list, job.Id, job.AtFront);
        }
        else if (keepsPlace)
        {
            Keys.RemoveFromList(list, job.Id);
        }

        return status;
    }

    /// <summary>An id in use: the old job leaves its place; its results stay, and what waits for the id waits for its new life.</summary>
    /// <returns>Whether the new one keeps the old one's place on the queue.</returns>
    private bool Displace(NewOne job)
    {
        string? pending = job.Token.Length > 0 ? Keys.Field("releasing", job.Id) : null;
        if (pending is not null and not "finished")
            Keys.DropFields("releasing", job.Id);
        if (job.Before is { Exists: true } || pending is not null)
            Keys.Persist(Dependents(job.Id));
        // An earlier life that expired on its queue still holds its slot.
        if (job is { Token.Length: > 0, Rate.Length: > 0 } && Keys.Remove($"rl:{job.Rate}:allowed", job.Id))
            Keys.SetFields("releasing", $"rl:{job.Rate}", "admit");
        if (job.Before is not { Exists: true } before)
            return false;
        bool keeps = before.List == $"queue:{job.Queue}" && job.Due is null && job.Rate.Length == 0 && job.Execution.Length == 0 && Keys.ListOf(before.List).Contains(job.Id);
        if (!keeps)
            LeavePlace(job.Id, before);
        else if (before.Repeats)
            Keys.Remove($"finished:{before.Queue}", job.Id);
        if (before.Rate is { } rate)
        {
            Keys.Remove($"rl:{rate}:allowed", job.Id);
            Keys.SetFields("releasing", $"rl:{rate}", "admit");
        }

        if (before.Group is { } group && group != job.Group)
            Keys.Remove($"group:{group}", job.Id);
        ForgetParents(job.Id);
        Keys.Delete(Job(job.Id), Dependencies(job.Id), LogOf(job.Id));
        return keeps;
    }

    private string Defer(NewOne job, string[] unmet)
    {
        Keys.SetFields(Job(job.Id), ["status", "deferred", .. job.Fields]);
        Keys.AddSorted($"deferred:{job.Queue}", Keys.WholeSeconds, job.Id);
        foreach (string parent in job.Parents)
        {
            Keys.AddToSet(Dependencies(job.Id), parent);
            string? status = StatusOf(parent);
            // Those that are met are told too: they may be run again before the others end.
            if (status is not null)
                Keys.AddToSet(Dependents(parent), job.Id);
            long left = HasEndedBadly(status) || status == "finished" ? Keys.TimeToLive(Job(parent)) : -1;
            if (left > 0)
                Keys.Expire(Dependents(parent), left);
        }

        foreach (string parent in unmet.Where(parent => HasEndedBadly(StatusOf(parent)) && job.IfUnmet is "fail" or "cancel" && Keys.Field("releasing", parent) is null))
            Keys.SetFields("releasing", parent, StatusOf(parent)!);
        // Its time to wait is judged by maintenance, which says why it ended.
        if (Parse(job.Ttl) is { } ttl)
        {
            Keys.Expire(Job(job.Id), ttl + 86400);
            Keys.Expire(Dependencies(job.Id), ttl + 86400);
        }

        return "deferred";
    }

    private string GoToPlace(NewOne job, Func<string, bool> mayTouch)
    {
        string key = Job(job.Id);
        Keys.SetFields(key, job.Fields);
        if (job.IsLater(Keys.Seconds))
        {
            Keys.SetFields(key, "status", "scheduled");
            PutOnSchedule(job.Queue, Rounded(job.Due!.Value, 6), job.Id);
            return "scheduled";
        }

        if (job.Rate.Length > 0)
        {
            WaitForSlot(job.Rate, job.Concurrency, job.Id);
            if (AdmitWaiting(job.Rate, job.At, mayTouch) is not null)
                Keys.SetFields("releasing", $"rl:{job.Rate}", "admit");
        }
        else if (job.Execution.Length > 0)
        {
            Keys.SetFields(key, "status", "started", "enqueued_at", job.At, "started_at", job.At, "last_heartbeat", job.At, "worker_name", "sync", "last_execution", job.Execution);
            Keys.AddSorted($"wip:{job.Queue}", Keys.WholeSeconds + 90, $"{job.Id}:{job.Execution}");
            return "started";
        }
        else
        {
            Keys.SetFields(key, "status", "queued", "enqueued_at", job.At);
        }

        if (Parse(job.Ttl) is { } ttl)
            Keys.Expire(key, ttl);
        return StatusOf(job.Id)!;
    }

    /// <summary>Jobs with fresh ids that nothing holds back. Those that are stored already came with the same call before.</summary>
    private string EnqueuePlain(SentCall sent)
    {
        var others = new List<string>();
        int key = 3, number = 0;
        sent.Seek(4);
        while (key <= sent.KeyCount)
        {
            string list = sent.Key(key);
            bool atFront = sent.Next() == "1";
            string ttl = sent.Next();
            int jobs = (int)sent.NextNumber();
            string[] common = sent.Next((int)sent.NextNumber());
            for (int n = 1; n <= jobs; n++)
            {
                string job = sent.Key(key + n), at = sent.Next(), data = sent.Next(), description = sent.Next();
                number++;
                if (Keys.Exists(job))
                {
                    others.AddRange([Text(number), Keys.Field(job, "status") ?? "queued"]);
                    continue;
                }

                Keys.AddToSet("queues", prefix + list);
                Keys.Push(list, job["job:".Length..], atFront);
                Keys.SetFields(job, ["status", "queued", "enqueued_at", at, "created_at", at, "data", data, "description", description, .. common]);
                if (Parse(ttl) is { } time)
                    Keys.Expire(job, time);
            }

            key += 1 + jobs;
        }

        return List(others);
    }
}
