namespace RQ;

/// <summary>
/// Jobs are stored on the primary and will be run, but fewer replicas than <see cref="RqConnectionOptions.Durability"/> asks for have confirmed them in time. If the primary
/// is lost now, they may be too. Do not enqueue them again: they would run twice.
/// </summary>
#pragma warning disable CA1032 // Made here only.
public sealed class EnqueueNotConfirmedException : RqException
{
    internal EnqueueNotConfirmedException(IReadOnlyList<string> jobIds, string missing, TimeSpan time)
        : base($"{Name(jobIds)} stored on the primary, but not confirmed within {time.TotalSeconds:0.###} s: {missing} (RqConnectionOptions.Durability). It will be run unless the primary is lost with it: do not enqueue it again. " +
            "Look whether the replicas are there.")
    {
        JobIds = jobIds;
        Missing = missing;
    }

    /// <summary>The ids of the jobs that are not confirmed, in order. All jobs of the call are enqueued, these and the others.</summary>
    public IReadOnlyList<string> JobIds { get; }

    /// <summary>What was asked for and is missing.</summary>
    internal string Missing { get; }

    private static string Name(IReadOnlyList<string> ids) => ids.Count == 1 ? $"Job '{ids[0]}' is" : $"{ids.Count} jobs ('{ids[0]}' and others, see JobIds) are";
}
