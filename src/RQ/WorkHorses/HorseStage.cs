namespace RQ.WorkHorses;

/// <summary>How far an execution in a work horse is.</summary>
internal enum HorseStage
{
    /// <summary>The job's code has not been called.</summary>
    Starting,

    /// <summary>The job's code runs.</summary>
    Running,

    /// <summary>It has ended; those who are to be told are told.</summary>
    Concluding,
}
