namespace RQ.Queues;

/// <summary>Refuses options that cannot be, before anything is written.</summary>
internal static class JobOptionsCheck
{
    /// <exception cref="ArgumentException">An option cannot be; the message names it.</exception>
    public static void All(JobOptions options)
    {
        if (options.Id is { } id)
            Id(id);
        if (options.Timeout is { } timeout)
            Timeout(timeout, nameof(JobOptions.Timeout));
        if (options.Ttl is { } ttl && ttl <= TimeSpan.Zero)
            throw new ArgumentException("JobOptions.Ttl must be above zero. Leave it null to let the job wait for ever.");
        Ttl(options.ResultTtl, nameof(JobOptions.ResultTtl));
        Ttl(options.FailureTtl, nameof(JobOptions.FailureTtl));
        // A callback depends on its job, whose id may be from before the rule.
        foreach (JobReference parent in options.Callback is null ? options.DependsOn ?? Enumerable.Empty<JobReference>() : [])
            Id(parent.Id);
        Together(options);
    }

    /// <summary>What only the whole of the options shows.</summary>
    private static void Together(JobOptions options)
    {
        if (options.Unique != UniqueJob.No && options.Id is null)
            throw new ArgumentException("JobOptions.Unique needs a JobOptions.Id: it is what the job is unique by.");
        if (options.DueAt is not null && options.DueIn is not null)
            throw new ArgumentException("Give either JobOptions.DueAt or JobOptions.DueIn, not both.");
        if (options.DueIn < TimeSpan.Zero)
            throw new ArgumentException("JobOptions.DueIn must not be negative.");
        if (options.Group is { } group && string.IsNullOrWhiteSpace(group))
            throw new ArgumentException("JobOptions.Group must not be blank. Leave it null for none.");
        Redis.StoredName.Check(options.Group ?? "", "group");
        if (options.DependsOn is { } dependency && options.Id is { } id && dependency.Any(parent => parent.Id == id))
            throw new DependencyCycleException(id, id);
    }

    /// <summary>RQ's rule since 2.8. A colon would cut execution ids at the wrong place.</summary>
    public static void Id(string id)
    {
        if (string.IsNullOrEmpty(id) || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new ArgumentException($"The job id '{id}' is not valid: it must be one or more of A-Z, a-z, 0-9, '_' and '-'.");
    }

    public static void Timeout(TimeSpan timeout, string name)
    {
        if (timeout <= TimeSpan.Zero && timeout != System.Threading.Timeout.InfiniteTimeSpan)
            throw new ArgumentException($"{name} must be above zero, or Timeout.InfiniteTimeSpan for no limit; {timeout} is neither.");
    }

    private static void Ttl(TimeSpan? ttl, string name)
    {
        if (ttl is { } time && time < TimeSpan.Zero && time != System.Threading.Timeout.InfiniteTimeSpan)
            throw new ArgumentException($"JobOptions.{name} must not be negative; zero deletes at once, Timeout.InfiniteTimeSpan keeps for ever.");
    }
}
