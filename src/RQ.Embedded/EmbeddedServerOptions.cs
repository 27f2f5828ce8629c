namespace RQ.Embedded;

/// <summary>How an <see cref="EmbeddedServer"/> is started. Read once, at the start.</summary>
public sealed class EmbeddedServerOptions
{
    /// <summary>
    /// Where the data is kept between runs; created when missing. <c>null</c>, the default, keeps it in memory only.
    /// Processes that name the same directory share one server.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>
    /// The port to listen on, 1 to 65535. 0, the default, takes the port that the directory had last, or any free one.
    /// </summary>
    public int Port { get; init; }

    /// <summary>
    /// The password clients must give, printable ASCII. <c>null</c>, the default, takes the one the directory had last on this
    /// port, or makes up a random one. An empty string asks for none: then every user of this machine can use the server.
    /// </summary>
    public string? Password { get; init; }

    /// <summary>
    /// Whether a write is answered only once it is on disk, so that it survives the sudden death of this process. Default
    /// <c>true</c>. With <c>false</c> a write follows to disk within milliseconds: a single client gets about three times as
    /// many scripts done, and a killed process loses its last few writes. Means nothing without a <see cref="Directory"/>.
    /// A script that was never answered may be found half done after a kill in either case: its first writes without its last.
    /// </summary>
    public bool AcknowledgeAfterWrite { get; init; } = true;

    internal TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
