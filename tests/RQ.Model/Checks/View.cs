namespace RQ.Model.Checks;

/// <summary>A job as its hash tells.</summary>
internal sealed record JobView(string Id, string? Status, string Queue, string Execution, string Worker, string? Rate, bool Repeats, bool AllowsFailure, string? IfUnmet, string? CreatedAt);

/// <summary>What is on the server, asked about jobs.</summary>
internal sealed class View
{
    private static readonly string[] s_registries = ["finished", "failed", "deferred", "scheduled", "canceled"];
    private readonly Dictionary<string, List<string>> _places = [];

    public View(Keyspace keyspace)
    {
        Keyspace = keyspace;
        foreach ((string key, Entry entry) in keyspace.Entries)
        {
            string[] parts = key.Split(':');
            if (parts is ["job", { Length: > 0 } id])
                Jobs.Add(Read(id));
            else if (parts is ["queue", var queue])
                AddAll(entry.Elements, $"queued {queue}");
            else if (parts is ["queue", var of, "intermediate"])
                AddAll(entry.Elements, $"between {of}");
            else if (parts is ["worker", _, "claims", var claimed])
                AddAll(entry.Elements, $"claimed {claimed}");
            else if (parts is ["wip", var started])
                AddAll(entry.Members.Keys.Select(member => member.Split(':')[0]), $"started {started}");
            else if (parts is ["rl", _, "rate_limited"])
                AddAll(entry.Members.Keys, "line");
            else if (parts is [var registry, var name] && s_registries.Contains(registry))
                AddAll(entry.Members.Keys, $"{registry} {name}");
        }
    }

    public Keyspace Keyspace { get; }

    public List<JobView> Jobs { get; } = [];

    public IReadOnlyList<string> PlacesOf(string id)
    {
        List<string> places = _places.GetValueOrDefault(id) ?? [];
        string? queue = Keyspace.Field($"job:{id}", "origin");
        return [.. places.Select(place => place == "line" ? $"line {queue}" : place)];
    }

    public IReadOnlyList<string> ParentsOf(JobView job) => Keyspace.MembersOf($"job::{job.Id}:dependencies");

    /// <summary>Whether a parent's end is good enough, as the guide says it.</summary>
    public bool IsMet(JobView job, string parent) => Keyspace.Field($"job:{parent}", "status") switch
    {
        null or "finished" => true,
        "failed" => job.AllowsFailure || job.IfUnmet == "run",
        "stopped" or "canceled" => job.IfUnmet == "run",
        _ => false,
    };

    public bool HasEndedBadly(JobView job, string parent) => Keyspace.Field($"job:{parent}", "status") is "failed" or "stopped" or "canceled" && !IsMet(job, parent);

    /// <summary>Whether a key may stay for ever: it belongs to a job that is there, or is of the site.</summary>
    public bool HasOwner(string key) => key.Split(':') switch
    {
        // What is of a job goes with it, or with whoever finds its id on a list and the job gone.
        ["job", _] => true,
        ["job", var id, "dependents"] => Keyspace.Exists($"job:{id}") || Keyspace.Field("releasing", id) is not null || _places.ContainsKey(id),
        ["job", "", var id, "dependencies"] => Keyspace.Exists($"job:{id}"),
        ["results", var id] => Keyspace.Exists($"job:{id}") || _places.ContainsKey(id),
        ["job-log" or "executions", var id] => Keyspace.Exists($"job:{id}"),
        ["worker", var name, "executions"] => Keyspace.Contains("leases", name),
        ["worker", var name, "claims", _] => Keyspace.Contains("leases", name),
        ["worker" or "execution" or "scheduler" or "scheduler-lock" or "cleaning", ..] => false,
        _ => true,
    };

    private void AddAll(IEnumerable<string> ids, string place)
    {
        foreach (string id in ids)
        {
            if (!_places.TryGetValue(id, out List<string>? places))
                _places[id] = places = [];
            places.Add(place);
        }
    }

    private JobView Read(string id)
    {
        string? Field(string name) => Keyspace.Field($"job:{id}", name);
        string? rate = Field("rate_limit_key");
        return new JobView(
            id, Field("status"), Field("origin") ?? "", Field("last_execution") ?? "", Field("worker_name") ?? "", string.IsNullOrEmpty(rate) ? null : rate,
            Field("repeats_left") is not null, Field("allow_dependency_failures") == "1", Field("if_unmet"), Field("created_at"));
    }
}
