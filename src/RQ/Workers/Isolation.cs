namespace RQ;

/// <summary>Where a job runs.</summary>
public enum Isolation
{
    /// <summary>
    /// In the worker's process. The fastest; but a job that ignores its token cannot be ended, and one that crashes takes the worker
    /// and its other jobs along (they are recovered by other workers).
    /// </summary>
    None,

    /// <summary>
    /// In a work horse: a process of its own that was started in advance, runs one job at a time and is used again. Killed when the
    /// job is out of time or stopped; replaced when it dies.
    /// </summary>
    WorkHorse,

    /// <summary>In a work horse that runs this one job: nothing that the job leaves behind in the process survives it. RQ's behaviour.</summary>
    WorkHorsePerJob,
}
