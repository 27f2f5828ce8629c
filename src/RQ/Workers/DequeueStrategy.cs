namespace RQ;

/// <summary>Which of a worker's queues is looked at first.</summary>
public enum DequeueStrategy
{
    /// <summary>The one that is listed first; a later one gets its turn when the earlier ones are empty.</summary>
    Default,

    /// <summary>The one after that from which the last job came.</summary>
    RoundRobin,

    /// <summary>Any, newly drawn after each job.</summary>
    Random,

    /// <summary>Any, drawn by <see cref="WorkerOptions.QueueWeights"/>: no queue starves, and the heavier one is served more often.</summary>
    Weighted,
}
