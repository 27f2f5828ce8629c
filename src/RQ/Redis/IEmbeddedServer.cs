using System.Net;

namespace RQ.Redis;

/// <summary>
/// Starts the server behind <c>embedded:</c> connections. Implemented by the RQ.Embedded package, which the core
/// finds by name, so that the core does not carry the server's dependencies.
/// </summary>
internal interface IEmbeddedServerLauncher
{
    /// <summary>Starts a server, or joins the one that another process already runs on the same directory.</summary>
    /// <param name="directory">Where the data is kept between runs; <c>null</c> keeps it in memory only.</param>
    /// <param name="cancellationToken">Gives up waiting for the start.</param>
    Task<IEmbeddedServer> StartAsync(string? directory, CancellationToken cancellationToken);
}

/// <summary>A running embedded server, owned by the connection that started or joined it.</summary>
internal interface IEmbeddedServer : IAsyncDisposable
{
    /// <summary>The loopback address it listens on. Stays the same while any process keeps the directory open.</summary>
    EndPoint EndPoint { get; }

    /// <summary>The password clients must give, or <c>null</c> when none is asked for.</summary>
    string? Password { get; }
}
