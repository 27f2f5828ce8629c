namespace RQ.Queues;

/// <summary>Where a new job is to live, and what holds there.</summary>
/// <param name="Queue">The queue; <c>null</c> for a job that is on no server.</param>
/// <param name="Name">The queue's name.</param>
/// <param name="Serializer">How the call is written.</param>
/// <param name="DefaultTimeout">How long a run may take.</param>
/// <param name="Time">The clock.</param>
internal sealed record JobHome(Queue? Queue, string Name, JobSerializer Serializer, TimeSpan DefaultTimeout, TimeProvider Time)
{
    public static JobHome Unattached(string name) => new(null, name, JobSerializer.Pickle, TimeSpan.FromSeconds(180), TimeProvider.System);
}
