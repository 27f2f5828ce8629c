using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <summary>What a connection needs to know beside the server's address.</summary>
public class RqConnectionOptions
{
    /// <summary>
    /// Put in front of every key. Default <c>"rq:"</c>, which is what Python RQ uses and cannot change; another prefix
    /// makes a namespace of its own that Python does not see. On a cluster it must hold one <c>{tag}</c>, for example
    /// <c>"{rq}:"</c>, so that the namespace lives on one node.
    /// </summary>
    public string KeyPrefix { get; set; } = Keys.DefaultPrefix;

    /// <summary>
    /// How calls, metadata and results are written. Default <see cref="JobSerializer.Pickle"/>, which every Python RQ reads
    /// without being told. Reading pickle and JSON needs no setting: the data says what it is. A serializer of your own must
    /// be set wherever its jobs are read.
    /// </summary>
    public JobSerializer Serializer { get; set; } = JobSerializer.Pickle;

    /// <summary>
    /// How many bytes a job's call and metadata may take together, both before and after compression; a larger one is refused
    /// with <see cref="JobTooLargeException"/> before anything is written. Workers read calls up to this size, and up to 128 MiB
    /// in any case: above that, set it on both sides. From 1 to 512 MiB, the most that Redis keeps in one value; default 128 MiB.
    /// A job is held in memory several times while it is enqueued or taken, so pass references to large data, not the data.
    /// </summary>
    public long MaxJobSize { get; set; } = 128 * 1024 * 1024;

    /// <summary>The clock for timestamps and waiting. Default: the system's. Decisions about due times and leases use the server's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How long to wait for the server when connecting. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Decides whether to trust a TLS server whose certificate the system does not trust by itself. Default: the system decides.</summary>
    public RemoteCertificateValidationCallback? CertificateValidation { get; set; }

    /// <summary>
    /// What an enqueue waits for beside the primary's answer: replicas, or the disk. Default <c>null</c>: nothing. See <see cref="EnqueueDurability"/>.
    /// </summary>
    public EnqueueDurability? Durability { get; set; }

    /// <summary>
    /// A file of certificate authorities in PEM, for servers whose certificate is from an authority of your own: only servers with a certificate from one of them are trusted, which must carry the name of the host.
    /// Not beside <see cref="CertificateValidation"/>. Default: none, the system decides.
    /// </summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>
    /// What this end shows to a TLS server that asks its clients for a certificate, with its private key: <c>X509Certificate2.CreateFromPemFile("client.pem", "client.key")</c>. The caller goes on
    /// owning it. Default: none.
    /// </summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>Changes the StackExchange.Redis configuration before it connects, for what the URL cannot say. Default: nothing.</summary>
    public Action<ConfigurationOptions>? Configure { get; set; }

    internal const long LargestJobSize = 512 * 1024 * 1024;

    internal RqConnectionOptions Clone() => (RqConnectionOptions)MemberwiseClone();
}
