namespace RQ;

/// <summary>How strict signing and encrypting are (<see cref="JobSerializer.WithSigning"/>, <see cref="JobSerializer.WithEncryption"/>).</summary>
public sealed record ProtectionOptions
{
    /// <summary>
    /// Whether what is neither signed nor encrypted is read too. Only for the time in which the producers are moved over one by one: as long as it is on, whoever can write to
    /// Redis can have any registered function called. Default: <c>false</c>.
    /// </summary>
    public bool AllowUnprotected { get; init; }

    /// <summary>
    /// Whether what is written holds only for the one job that it is written for, and what was written without that is refused: then nobody can copy a call, a result or
    /// metadata to another job, or put callbacks or webhooks into a job that is signed. Turn it off where Python reads or writes the same jobs, whose serializers do not know for
    /// which job they are called; set it alike on all sides. Default: <c>true</c>.
    /// </summary>
    public bool BindToJob { get; init; } = true;
}
