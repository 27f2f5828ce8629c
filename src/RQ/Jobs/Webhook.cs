using System.Collections.ObjectModel;

namespace RQ;

/// <summary>An HTTP request that the worker sends when the job has ended. That it could not be sent is logged and changes nothing.</summary>
public sealed class Webhook
{
    /// <summary>Asks for a request.</summary>
    /// <param name="url">Where to. <c>http</c> or <c>https</c>.</param>
    /// <param name="status"><see cref="JobStatus.Finished"/>, or <see cref="JobStatus.Failed"/> for a failure after which the job is not run again.</param>
    /// <exception cref="ArgumentException">The URL or the status is another one.</exception>
    public Webhook(Uri url, JobStatus status)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"The webhook's URL must begin with http:// or https://; '{url}' does not.", nameof(url));
        if (status is not (JobStatus.Finished or JobStatus.Failed))
            throw new ArgumentException($"A webhook is sent for finished or failed jobs, not for '{status}'.", nameof(status));
        Url = url;
        Status = status;
    }

    /// <inheritdoc cref="Webhook(Uri, JobStatus)"/>
    public Webhook(string url, JobStatus status)
        : this(new Uri(url, UriKind.RelativeOrAbsolute), status)
    {
    }

    /// <summary>Where to.</summary>
    public Uri Url { get; }

    /// <summary>After which end: finished or failed.</summary>
    public JobStatus Status { get; }

    /// <summary>GET, without a body, or POST, with the job as JSON. Default GET, as in RQ.</summary>
    /// <exception cref="ArgumentException">It is another method.</exception>
    public HttpMethod Method
    {
        get;
        init => field = value == HttpMethod.Get || value == HttpMethod.Post
            ? value
            : throw new ArgumentException($"A webhook's method is GET or POST, not {value}.");
    }

    = HttpMethod.Get;

    /// <summary>Headers of your own; they win over <c>Content-Type: application/json</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>How long the request may take, in whole seconds, rounded up. Default 10 s, as in RQ.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above zero.</exception>
    public TimeSpan Timeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    }

    = TimeSpan.FromSeconds(10);
}
