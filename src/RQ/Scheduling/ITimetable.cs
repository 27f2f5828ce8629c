namespace RQ.Scheduling;

/// <summary>An endless row of times, without beginning and end of their own beyond what dates can be; in seconds since the epoch.</summary>
internal interface ITimetable
{
    /// <summary>The first time after an instant; <c>null</c> when there is none.</summary>
    long? After(long instant);
}
