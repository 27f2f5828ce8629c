using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.common;
using Garnet.networking;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Tsavorite.core;

namespace RQ.Embedded;

/// <summary>One Garnet server running in this process.</summary>
internal sealed class GarnetHost : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly GarnetServer _server;
    private readonly Listener _listener;
    private readonly bool _keepsData;
    private readonly TimeProvider _time;
    private int _disposed;

    private GarnetHost(GarnetServer server, Listener listener, ServerAccess access, bool keepsData, Task<Exception> failure, TimeProvider time)
    {
        _server = server;
        _listener = listener;
        _keepsData = keepsData;
        _time = time;
        Access = access;
        Failure = failure;
    }

    public ServerAccess Access { get; }

    /// <summary>Ends when the data could not be written. From then on every write fails, whatever the disk does: only a new host helps.</summary>
    public Task<Exception> Failure { get; }

    /// <summary>Starts on the wished port, or on any free one when <paramref name="port"/> is 0.</summary>
    /// <exception cref="IOException">The wished port is taken.</exception>
    public static async Task<GarnetHost> StartOnAnyPortAsync(
        string? dataDirectory, int port, string password, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var access = new ServerAccess(port == 0 ? LoopbackPort.FindFree() : port, password);
                return await StartAsync(dataDirectory, access, options, cancellationToken).ConfigureAwait(false);
            }
            catch (PortInUseException) when (port == 0 && attempt < 10)
            {
                // Somebody else was faster: another one.
            }
        }
    }

    /// <summary>Starts on exactly this port.</summary>
    /// <exception cref="PortInUseException">The port is taken.</exception>
    /// <exception cref="InvalidOperationException">The data cannot be read.</exception>
    public static async Task<GarnetHost> StartAsync(
        string? dataDirectory, ServerAccess access, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        // Garnet starts synchronously, and reads all data while it does. Not cancellable once begun: a half-read store cannot be left.
        try
        {
            return await Task.Run(() => Start(dataDirectory, access, options), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e) when (e.InnerException is DataNotReadException && RecoveryGuard.Mend(dataDirectory!))
        {
            return await Task.Run(() => Start(dataDirectory, access, options), cancellationToken).ConfigureAwait(false);
        }
    }

    private static GarnetHost Start(string? dataDirectory, ServerAccess access, EmbeddedServerOptions options)
    {
        LetBlockedClientsHaveThreads();

        // Garnet itself would notice only after having read all data.
        if (!LoopbackPort.IsFree(access.Port))
        {
            throw new PortInUseException(access.Port);
        }

        GarnetServer? server = null;
        try
        {
            var settings = Settings(dataDirectory, access, options);
            var failure = new WriteFailure();
            var guard = dataDirectory is null ? null : new RecoveryGuard(dataDirectory, failure);
            var listener = new Listener(settings.EndPoints[0], () => guard?.Check(server!));
            server = new GarnetServer(settings, guard, [listener]);
            if (dataDirectory is not null && options.AcknowledgeAfterWrite)
            {
                listener.Unregister(WireFormat.ASCII, out var sessions);
                listener.Register(WireFormat.ASCII, new CommittingSessions(sessions, server.Store, failure));
            }

            server.Start();
            return new GarnetHost(server, listener, access, dataDirectory is not null, failure.Seen, options.TimeProvider);
        }
        catch (Exception e) when (PortInUseException.IsBehind(e))
        {
            // Another program took the port while the data was read.
            server?.Dispose();
            throw new PortInUseException(access.Port, e);
        }
        catch (Exception e) when (dataDirectory is not null)
        {
            server?.Dispose();
            throw new InvalidOperationException(
                $"The embedded server could not start from the data in '{dataDirectory}': {e.Message} "
                + "It may be damaged or written by a newer version. Update the RQ.NET.Embedded package, restore a copy, or move the directory away to start empty.",
                e);
        }
        catch
        {
            server?.Dispose();
            throw;
        }
    }

    // Garnet holds a thread of the pool for every client that waits in a blocking command or for the disk. The pool adds
    // threads beyond its minimum so slowly that, with a minimum of two, eight writing clients came to a stand for 14 s.
    private static void LetBlockedClientsHaveThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var completionPorts);
        ThreadPool.SetMinThreads(Math.Max(workers, 64), completionPorts);
    }

    private static GarnetServerOptions Settings(string? dataDirectory, ServerAccess access, EmbeddedServerOptions options)
    {
        var settings = new GarnetServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, access.Port)],
            AuthSettings = access.Password.Length == 0 ? null : new PasswordAuthenticationSettings(access.Password),
            QuietMode = true,
            // The default on Linux needs libaio and ends the process without it.
            DeviceType = DeviceType.RandomAccess,

            // Scripts are atomic over the keys they declare. Without options of its own Lua fails at the start.
            EnableLua = true,
            LuaTransactionMode = true,
            LuaOptions = new LuaOptions(),

            // Only what is used is allocated, but what exceeds the limit is dropped without a word when there is no disk
            // behind it: far away, then. Space of deleted jobs is used again.
            LogMemorySize = "64g",
            PageSize = "1m",
            IndexMemorySize = "4m",
            IndexMaxMemorySize = "1g",
            UseRevivBinsPowerOf2 = true,
            RevivifiableFraction = 0.9,
            BufferPoolMemoryBudget = "16m",
        };
        if (dataDirectory is not null)
        {
            settings.CheckpointDir = dataDirectory;
            settings.Recover = true;
            settings.FailOnRecoveryError = true;
            settings.EnableAOF = true;
            settings.AofMemorySize = "16m";
            settings.AofPageSize = "4m";
            settings.AofSegmentSize = "64m";
            // Beyond this a checkpoint is taken, so that a start never reads more than this much log.
            settings.AofSizeLimit = "64m";
            // Each checkpoint with its own index. By default later ones go without, and a start then looks for records only
            // behind where the last index ends: those written into the space of deleted ones before it would be lost.
            settings.FullCheckpointLogInterval = 0;
            // CommittingSender commits before each answer. Without it, Garnet does after each write (0), in the background.
            settings.CommitFrequencyMs = options.AcknowledgeAfterWrite ? -1 : 0;
        }

        return settings;
    }

    // Garnet reads the data, then starts its listener: the last moment to stop.
    private sealed class Listener(EndPoint endPoint, Action beforeServing) : GarnetServerTcp(endPoint)
    {
        public override void Start()
        {
            beforeServing();
            base.Start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // Nobody comes in any more while the rest is written.
        _listener.Close();
        if (_keepsData && !Failure.IsCompleted)
        {
            try
            {
                await _server.Store.CommitAOFAsync(CancellationToken.None).AsTask().WaitAsync(StopTimeout, _time).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Whoever waited for the disk was not answered. The server must go in any case, or nobody else can have the data.
                Trace.TraceError($"The embedded server on port {Access.Port} stops, but could not write its last changes to disk. {e}");
            }
        }

        try
        {
            await Task.Run(() => _server.Dispose(deleteDir: false)).WaitAsync(StopTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A client sent EVAL with keys inside MULTI: Garnet then waits for itself, and to stop it waits for that client.
            // The port is closed and everything answered is on disk, so whoever waits for us need not wait any longer.
            Trace.TraceError($"The embedded server on port {Access.Port} did not stop within {StopTimeout.TotalSeconds:0} s; one of its clients is stuck.");
        }
    }
}

/// <summary>The port is taken by another process.</summary>
internal sealed class PortInUseException(int port, Exception? inner = null)
    : IOException($"Port {port} of {IPAddress.Loopback} is in use by another program. Stop that program, or name another port for the embedded server.", inner)
{
    public int Port { get; } = port;

    /// <summary>Whether a port that could not be had is the cause, however deep it lies.</summary>
    public static bool IsBehind(Exception? e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AccessDenied } => true,
        AggregateException several => several.InnerExceptions.Any(IsBehind),
        _ => e is not null && IsBehind(e.InnerException),
    };
}
