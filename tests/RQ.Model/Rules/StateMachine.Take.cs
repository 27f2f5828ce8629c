namespace RQ.Model.Rules;

/// <content>queued → started, and the fence that all later writes about an execution pass.</content>
internal sealed partial class StateMachine
{
    private enum Fence
    {
        Applied,
        Already,
        Lost,
        Gone,
    }

    /// <summary>
    /// A write about an execution counts while the job is started, under this execution, by this worker. One that was settled by the same
    /// call before is known by its last outcome.
    /// </summary>
    private Fence Judge(string id, string execution, string worker, params string[] outcomes)
    {
        string? Field(string name) => Keys.Field(Job(id), name);
        if (!Keys.Exists(Job(id)))
            return Fence.Gone;
        if (Field("last_execution") != execution)
            return Fence.Lost;
        if (Field("status") == "started" && Field("worker_name") == worker)
            return Fence.Applied;
        return Field("last_outcome") is { } outcome && outcomes.Contains(outcome) ? Fence.Already : Fence.Lost;
    }

    /// <summary>The same for an end. What is deleted at its end is gone when that is said again.</summary>
    private Fence JudgeEnd(string id, string execution, string worker, bool deletes, params string[] outcomes)
    {
        Fence fence = Judge(id, execution, worker, outcomes);
        return fence == Fence.Gone && deletes && !Keys.Contains(Executions(worker), $"{id}:{execution}") ? Fence.Already : fence;
    }

    private static string Executions(string worker) => $"worker:{worker}:executions";

    private bool IsOwner(string worker, string incarnation) =>
        Keys.Field("leases:owners", worker) is { } owner && owner.StartsWith(incarnation, StringComparison.Ordinal);

    private bool HasLease(string worker) => Keys.Score("leases", worker) > Keys.WholeMilliseconds;

    private string Take(SentCall sent)
    {
        string worker = sent.Argument(3), at = sent.Argument(6), record = $"worker:{worker}";
        long slots = sent.Number(4);
        int queues = (sent.KeyCount - 7) / 3;
        string[] executions = [.. sent.ArgumentsFrom(11)];
        string[] lists = [.. Enumerable.Range(0, queues).Select(n => sent.Key(8 + 3 * n))], claims = [.. Enumerable.Range(0, queues).Select(n => sent.Key(9 + 3 * n))];
        bool isRegistered = HasLease(worker) && IsOwner(worker, sent.Argument(9));
        if (sent.IsTrue(7))
            return isRegistered ? StartedAgain(worker, null) : "unregistered,0,0,[],[]";
        if (executions.Length > 0 && Keys.Field(record, "last_take") == executions[0])
            return StartedAgain(worker, executions);
        isRegistered = isRegistered && IsWorker(record) && Keys.Field(record, "death") is null;
        bool isSuspended = Keys.Exists("suspended");
        bool[] isPaused = [.. lists.Select(list => Keys.Contains("paused", prefix + list))];
        long free = isSuspended || !isRegistered ? 0 : Math.Min(slots - Keys.Count(Executions(worker)), executions.Length);
        bool isLimited = isRegistered && !isSuspended && free < executions.Length;
        int dropped = 0;
        var taken = new List<string>();
        string? first = null;
        for (int n = 0; n < queues; n++)
        {
            while (!isPaused[n] && taken.Count < free && (Keys.Pop(claims[n]) ?? Keys.Pop(lists[n])) is { } id)
            {
                if (!Keys.Exists(Job(id)))
                    DropGone(id);
                if (!Keys.Exists(Job(id)) || StatusOf(id) is not (null or "queued" or "created"))
                {
                    dropped++;
                    continue;
                }

                string execution = executions[taken.Count];
                Start(id, execution, worker, at, sent.NameIn(10 + 3 * n));
                first ??= id;
                taken.Add($"{execution}={id}");
            }

            while ((free <= taken.Count || isPaused[n]) && Keys.Pop(claims[n], fromHead: false) is { } claimed)
                Keys.Push(lists[n], claimed, toHead: true);
        }

        if (first is not null)
        {
            bool wasBusy = Keys.Field(record, "state") == "busy";
            string current = Keys.Field(record, "current_job") ?? first;
            Keys.SetFields(record, "state", "busy", "last_heartbeat", at, "current_job_working_time", "0", "last_take", executions[0], "current_job", current);
            if (!wasBusy)
                Keys.Expire(record, 90);
        }

        string state = !isRegistered ? "unregistered" : isSuspended ? "suspended" : "ok";
        return $"{state},{(isLimited ? 2 : 0)},{dropped},{List(Enumerable.Range(1, queues).Where(n => isPaused[n - 1]).Cast<object>())},{List(taken)}";
    }

    private void Start(string id, string execution, string worker, string at, string listQueue)
    {
        string job = Job(id);
        string queue = NotEmpty(Keys.Field(job, "origin")) ?? listQueue;
        double patience = Parse(Keys.Field(job, "timeout")) is > 0 and < 30 and var timeout ? timeout + 60 : 90;
        string? outcome = Keys.Field(job, "last_outcome");
        Keys.AddSorted($"wip:{queue}", Keys.WholeSeconds + patience, $"{id}:{execution}");
        Keys.AddToSet(Executions(worker), $"{id}:{execution}");
        Keys.SetFields(job, "status", "started", "started_at", at, "last_heartbeat", at, "worker_name", worker, "last_execution", execution);
        if (outcome is not null)
            Keys.DropFields(job, "last_outcome");
        // How long its function was unknown counts only from one return to the next.
        if (outcome is not null and not "returned")
            Keys.DropFields(job, "unknown_since");
        // Nothing that runs expires.
        if (!Keys.Persist(job))
            return;
        Keys.Persist(Dependents(id));
        Keys.Persist(Dependencies(id));
        Keys.Persist(LogOf(id));
    }

    /// <summary>Its time to live ran out on the queue: those that wait for it, and for its slot, are told.</summary>
    private void DropGone(string id)
    {
        NoteGone(id);
        foreach (string limit in Keys.MembersOf("rl-keys"))
        {
            if (Keys.Remove($"rl:{limit}:allowed", id))
                Keys.SetFields("releasing", $"rl:{limit}", "admit");
        }
    }

    /// <summary>What the worker has started and is still its own; what is not leaves the set.</summary>
    private string StartedAgain(string worker, string[]? wanted)
    {
        var taken = new List<string>();
        foreach (string member in Keys.MembersOf(Executions(worker)))
        {
            int colon = member.LastIndexOf(':');
            string id = member[..colon], execution = member[(colon + 1)..];
            if (Judge(id, execution, worker) != Fence.Applied)
            {
                Keys.Remove(Executions(worker), member);
                Keys.Remove($"wip:{Keys.Field(Job(id), "origin")}", member);
            }
            else if (wanted is null || wanted.Contains(execution))
            {
                taken.Add($"{execution}={id}");
            }
        }

        return $"ok,0,0,[],{List(taken.Order(StringComparer.Ordinal))}";
    }
}
