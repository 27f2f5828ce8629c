using System.Net;
using RQ.Redis;

namespace RQ.Embedded;

/// <summary>
/// A Redis-compatible server (Microsoft Garnet) inside this process, reachable on the loopback address only.
/// </summary>
/// <remarks>
/// <para>
/// Processes that name the same directory share one server: the first one runs it, the others join. When the one that runs
/// it ends, even by being killed, one of the others starts it again from the directory's data, on the same port and with
/// the same password, within about two seconds. Clients that reconnect by themselves just go on.
/// </para>
/// <para>
/// A server that could not write to its disk answers nobody any more. That is told by <see cref="System.Diagnostics.Trace"/>,
/// and the server is opened anew from what is on the disk, by this process or another that has the directory open: at once at
/// first, then after longer and longer pauses, up to 30 s.
/// </para>
/// <para>
/// With a directory, keep names and ids below 1,000 bytes: a checkpoint that is taken while a longer key is written cannot be
/// read at the next start.
/// </para>
/// <para>The directory must be on a local file system: on network file systems its lock may not be seen by other machines.</para>
/// </remarks>
public sealed class EmbeddedServer : IEmbeddedServer
{
    private readonly IServerLease _lease;
    private int _disposed;

    private EmbeddedServer(string? directory, IServerLease lease)
    {
        Directory = directory;
        _lease = lease;
    }

    /// <summary>Starts a server, or joins the one that already runs on the same directory, in this process or another.</summary>
    /// <param name="directory">Where the data is kept between runs; <c>null</c> keeps it in memory only.</param>
    /// <param name="port">The port to listen on; 0 for the directory's last one or any free one.</param>
    /// <param name="cancellationToken">Gives up waiting for the start.</param>
    /// <exception cref="IOException">The directory cannot be used, or the port is taken.</exception>
    /// <exception cref="InvalidOperationException">
    /// The directory is already served on another port, or its data cannot be read by this version.
    /// </exception>
    public static Task<EmbeddedServer> StartAsync(string? directory = null, int port = 0, CancellationToken cancellationToken = default) =>
        StartAsync(new EmbeddedServerOptions { Directory = directory, Port = port }, cancellationToken);

    /// <inheritdoc cref="StartAsync(string?, int, CancellationToken)"/>
    /// <param name="options">Directory, port, password.</param>
    /// <param name="cancellationToken">Gives up waiting for the start.</param>
    public static async Task<EmbeddedServer> StartAsync(EmbeddedServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Port, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Port, IPEndPoint.MaxPort, nameof(options));
        if (options.Directory is null)
        {
            return new EmbeddedServer(null, await MemoryServer.StartAsync(options, cancellationToken).ConfigureAwait(false));
        }

        ArgumentException.ThrowIfNullOrWhiteSpace(options.Directory, nameof(options));
        var directory = Path.GetFullPath(options.Directory);
        return new EmbeddedServer(directory, await SharedServers.OpenAsync(directory, options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Full path of the data, or <c>null</c> when it is in memory only.</summary>
    public string? Directory { get; }

    /// <summary>The loopback address it listens on. Stays the same while any process keeps the directory open, with one exception.</summary>
    /// <remarks>
    /// A process that takes over waits up to 30 s for the port when another program has got it meanwhile. Then it takes another
    /// port, with another password unless one was given, and tells so by <see cref="System.Diagnostics.Trace"/>. This address
    /// changes with it, in every process that has the directory open. Connections made before go on dialling the old port:
    /// make them anew.
    /// </remarks>
    public IPEndPoint EndPoint => new(IPAddress.Loopback, _lease.Access.Port);

    /// <summary>The password clients must give, or <c>null</c> when none is asked for.</summary>
    public string? Password => _lease.Access.Password.Length == 0 ? null : _lease.Access.Password;

    /// <summary>
    /// Whether the server runs in this process; <c>false</c> when it joined another's. Changes when this process takes over, and
    /// while a server that could not write to its disk is opened anew.
    /// </summary>
    public bool IsOwner => _lease.IsOwner;

    /// <summary>Address and password as StackExchange.Redis takes them: <c>127.0.0.1:21000,password=…</c></summary>
    public string ConnectionString => Password is null ? $"{EndPoint}" : $"{EndPoint},password={Password}";

    /// <summary>Address and password as a URL, which Python's redis client takes too: <c>redis://:…@127.0.0.1:21000</c></summary>
    public string Url => Password is null ? $"redis://{EndPoint}" : $"redis://:{Uri.EscapeDataString(Password)}@{EndPoint}";

    EndPoint IEmbeddedServer.EndPoint => EndPoint;

    /// <summary>
    /// Lets go of the server. The last one in the process to do so stops it: everything written is on disk afterwards, and
    /// another process that has the directory open takes over. Doing it twice is harmless.
    /// </summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _lease.DisposeAsync() : ValueTask.CompletedTask;
}
