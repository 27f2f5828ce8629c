namespace RQ;

/// <summary>How a worker keeps its work horses.</summary>
public sealed class WorkHorseOptions
{
    /// <summary>After how many jobs a work horse is replaced. At least 1; default: none, it is kept.</summary>
    public int? MaxJobs { get; set; }

    /// <summary>Above how many bytes of resident memory, seen after a job, a work horse is replaced. Default: none.</summary>
    public long? MaxMemory { get; set; }

    /// <summary>At what age a work horse is replaced, as soon as it has no job. Default: none.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>
    /// How long a new work horse may take until it is ready for a job, which includes everything the program does before it comes to
    /// <see cref="Worker.RunAsync"/>. Default 60 s.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What is started instead of this program; <c>null</c> for this program.</summary>
    internal WorkHorses.HorseCommand? Command { get; set; }

    /// <summary>The program's arguments, when a work horse is to get them over its connection instead of its command line.</summary>
    internal IReadOnlyList<string>? HandedOver { get; set; }

    internal WorkHorseOptions Freeze()
    {
        if (MaxJobs is < 1)
            throw new ArgumentException($"WorkHorseOptions.MaxJobs must be at least 1; it is {MaxJobs}. Leave it null for no limit.");
        if (MaxMemory is <= 0)
            throw new ArgumentException("WorkHorseOptions.MaxMemory must be above zero. Leave it null for no limit.");
        if (MaxAge is { } age && age <= TimeSpan.Zero)
            throw new ArgumentException("WorkHorseOptions.MaxAge must be above zero. Leave it null for no limit.");
        if (StartTimeout <= TimeSpan.Zero || StartTimeout > WorkerOptions.LongestWait)
            throw new ArgumentException("WorkHorseOptions.StartTimeout must be above zero.");
        return (WorkHorseOptions)MemberwiseClone();
    }
}
