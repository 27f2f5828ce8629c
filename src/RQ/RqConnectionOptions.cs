using System.Net.Security;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <summary>What a connection needs to know beside the server's address.</summary>
public sealed class RqConnectionOptions
{
    /// <summary>
    /// Put in front of every key. Default <c>"rq:"</c>, which is what Python RQ uses and cannot change; another prefix
    /// makes a namespace of its own that Python does not see. On a cluster it must hold one <c>{tag}</c>, for example
    /// <c>"{rq}:"</c>, so that the namespace lives on one node.
    /// </summary>
    public string KeyPrefix { get; set; } = Keys.DefaultPrefix;

    /// <summary>
    /// How calls, metadata and results are written. Default <see cref="JobSerializer.Pickle"/>, which every Python RQ reads
    /// without being told. Reading needs no setting: the data says what it is.
    /// </summary>
    public JobSerializer Serializer { get; set; } = JobSerializer.Pickle;

    /// <summary>The clock for timestamps and waiting. Default: the system's. Decisions about due times and leases use the server's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How long to wait for the server when connecting. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Decides whether to trust a TLS server whose certificate the system does not trust by itself. Default: the system decides.</summary>
    public RemoteCertificateValidationCallback? CertificateValidation { get; set; }

    /// <summary>Changes the StackExchange.Redis configuration before it connects, for what the URL cannot say. Default: nothing.</summary>
    public Action<ConfigurationOptions>? Configure { get; set; }

    internal RqConnectionOptions Clone() => (RqConnectionOptions)MemberwiseClone();
}
