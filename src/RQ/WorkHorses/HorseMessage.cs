namespace RQ.WorkHorses;

/// <summary>What worker and work horse say to each other.</summary>
internal enum HorseMessage : byte
{
    /// <summary>Worker: who it is, and what the work horse cannot know by itself. The first one.</summary>
    Hello = 1,

    /// <summary>Worker: run this execution.</summary>
    Run,

    /// <summary>Worker: this execution's work horse has died, or was killed; call the callbacks and handlers that are to be told.</summary>
    Conclude,

    /// <summary>Worker: the job's tokens are to be signalled, see <see cref="HorseSignal"/>.</summary>
    Signal,

    /// <summary>Worker: you are no longer needed. An end of the connection without it means that the worker is dead.</summary>
    Leave,

    /// <summary>Work horse: everything is loaded, it waits for a job.</summary>
    Ready = 20,

    /// <summary>Work horse: the job's code is about to be called.</summary>
    Began,

    /// <summary>Work horse: the job's function has ended and can no longer be stopped; callbacks follow.</summary>
    Claimed,

    /// <summary>Work horse: how far the job is.</summary>
    Progress,

    /// <summary>Work horse: a line of the job's own log.</summary>
    JobLog,

    /// <summary>Work horse: a line for the worker's log.</summary>
    WorkerLog,

    /// <summary>Work horse: a line that the job wrote to the console.</summary>
    Output,

    /// <summary>Work horse: how the execution ended. It is ready for the next one.</summary>
    Ended,

    /// <summary>Work horse: the process is about to exit by itself, with this code.</summary>
    Exiting,
}

/// <summary>What a running job is told.</summary>
internal enum HorseSignal : byte
{
    /// <summary>Somebody stopped it.</summary>
    Stop,

    /// <summary>Its outcome counts for nothing any more.</summary>
    Lose,

    /// <summary>The worker has been told to stop.</summary>
    Shutdown,
}
