namespace RQ;

/// <summary>What becomes of a job that a stopping worker can no longer wait for.</summary>
public enum ShutdownPolicy
{
    /// <summary>It goes back to the head of its queue; no retry is used up.</summary>
    GiveBack,

    /// <summary>It fails with the reason "worker shut down", and is retried if it has retries left.</summary>
    Fail,
}
