using Microsoft.Extensions.Configuration;

namespace RQ;

/// <summary>What was added to one service collection, by name.</summary>
internal sealed class RqRegistrations
{
    /// <summary>Where options are read from when no section was handed over.</summary>
    public const string DefaultSection = "Rq";

    /// <summary>The section that was handed over; <c>null</c> for the host's <see cref="DefaultSection"/>.</summary>
    public IConfigurationSection? Section { get; set; }

    /// <summary>What the section is called in messages.</summary>
    public string SectionName => Section?.Path ?? DefaultSection;

    public List<string> Queues { get; } = [];

    public List<string> Workers { get; } = [];

    /// <summary>What is said of all workers, before what is said of each.</summary>
    public List<Action<RqWorkerOptions>> AllWorkers { get; } = [];

    public List<CronSchedule> Schedules { get; } = [];

    /// <summary>Whether there is a scheduler beside the workers.</summary>
    public bool HasScheduler { get; set; }

    /// <summary>Whether the application makes the connection.</summary>
    public bool HasConnection { get; set; }

    /// <summary>The queue of those who ask for a queue without a name.</summary>
    public string DefaultQueue => Queues.Count == 0 || Queues.Contains(Queue.DefaultName) ? Queue.DefaultName : Queues[0];

    /// <summary>The queues of workers that name none.</summary>
    public IReadOnlyList<string> ServedQueues => Queues.Count > 0 ? Queues : [Queue.DefaultName];

    /// <summary>The full name of a setting.</summary>
    public string Key(params ReadOnlySpan<string> parts) => string.Join(':', [SectionName, .. parts]);
}
