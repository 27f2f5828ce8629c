namespace RQ.Model.Rules;

/// <content>Where jobs are: the status names the place, and whoever leaves it leaves all of it.</content>
internal sealed partial class StateMachine
{
    private static string Job(string id) => $"job:{id}";

    private static string Dependents(string id) => $"job:{id}:dependents";

    private static string Dependencies(string id) => $"job::{id}:dependencies";

    private static string Results(string id) => $"results:{id}";

    private static string LogOf(string id) => $"job-log:{id}";

    private string? StatusOf(string id) => Keys.Field(Job(id), "status");

    /// <summary>What is known of a job before something happens to it.</summary>
    private sealed record Place(bool Exists, string? Status, string Queue, string? Rate, string Execution, bool Repeats, string? Group, bool HasLog, string? FailureTtl, bool HasDependencies)
    {
        public string? List => Status == "queued" && Queue.Length > 0 ? $"queue:{Queue}" : null;
    }

    private Place PlaceOf(string id)
    {
        string? Field(string name) => Keys.Field(Job(id), name);
        return new Place(
            Field("status") is not null || Field("data") is not null, Field("status"), Field("origin") ?? "", NotEmpty(Field("rate_limit_key")), Field("last_execution") ?? "",
            Field("repeats_left") is not null, NotEmpty(Field("group_id")), Field("has_log") is not null, Field("failure_ttl"), Field("dependency_ids") is not null);
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private void LeavePlace(string id, Place place)
    {
        string? registry = place.Status switch
        {
            "finished" => "finished",
            "failed" or "stopped" => "failed",
            "deferred" => "deferred",
            "scheduled" => "scheduled",
            "canceled" => "canceled",
            _ => null,
        };
        if (place.Status == "queued")
            Keys.RemoveFromList($"queue:{place.Queue}", id);
        else if (place.Status == "started")
            Keys.Remove($"wip:{place.Queue}", id, $"{id}:{place.Execution}");
        else if (place is { Status: "rate_limited", Rate: { } rate })
            Keys.Remove($"rl:{rate}:rate_limited", id);
        else if (registry is not null)
            Keys.Remove($"{registry}:{place.Queue}", id);
        // A job that repeats is listed as finished beside its place.
        if (place.Repeats)
            Keys.Remove($"finished:{place.Queue}", id);
    }

    /// <summary>The job waits for its time, and schedulers find its queue.</summary>
    private void PutOnSchedule(string queue, double due, string id)
    {
        Keys.AddSorted($"scheduled:{queue}", due, id);
        Keys.AddToSet("queues", $"{prefix}queue:{queue}");
    }

    /// <summary>No parent knows of the job any more, and it of none.</summary>
    private void ForgetParents(string id)
    {
        foreach (string parent in Keys.MembersOf(Dependencies(id)))
            Keys.Remove(Dependents(parent), id);
    }

    /// <summary>A job that waits lives as long as it may wait.</summary>
    private void ExpireWaiting(string id, double? seconds)
    {
        if (seconds is not > 0)
            return;
        foreach (string key in new[] { Job(id), Dependencies(id), LogOf(id) })
            Keys.Expire(key, Math.Ceiling(seconds.Value));
    }

    private void WaitAgain(string id) => ExpireWaiting(id, Parse(Keys.Field(Job(id), "ttl")));

    /// <summary>The id names nothing any more: whoever waits for it counts it as met, and results that were to be kept as long as the job go.</summary>
    private void NoteGone(string id)
    {
        if (Keys.Exists(Job(id)))
            return;
        if (Keys.TimeToLive(Results(id)) == -1)
            Keys.Delete(Results(id));
        if (!Keys.Exists(Dependents(id)))
            return;
        Keys.Persist(Dependents(id));
        if (Keys.Field("releasing", id) is null)
            Keys.SetFields("releasing", id, "gone");
    }
}
