using System.Diagnostics;

namespace RQ.Embedded;

/// <summary>
/// This process's part in the server of one directory: it runs it, or has joined the process that does and stands by to
/// take over.
/// </summary>
internal sealed class DirectoryServer : IAsyncDisposable
{
    // How soon a standby process notices that the directory is free.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    // How long another process may take to start, which includes reading its data, before joining it is given up.
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromMinutes(1);

    // How long the port that the directory had last is waited for, before a new one is taken.
    private static readonly TimeSpan PortTimeout = TimeSpan.FromSeconds(5);

    private readonly string _directory;
    private readonly EmbeddedServerOptions _options;
    private readonly CancellationTokenSource _leaving = new();
    private Task _standby = Task.CompletedTask;
    private volatile Running? _running;

    private DirectoryServer(string directory, EmbeddedServerOptions options, ServerAccess access, Running? running)
    {
        _directory = directory;
        _options = options;
        _running = running;
        Access = access;
    }

    public ServerAccess Access { get; private set; }

    public bool IsOwner => _running is not null;

    /// <summary>Takes the directory and starts a server, or joins the one there is.</summary>
    public static async Task<DirectoryServer> OpenAsync(string directory, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        Prepare(directory);
        var time = options.TimeProvider;
        for (var start = time.GetTimestamp(); ;)
        {
            if (TryTake(directory) is { } taken)
            {
                var running = await StartAsync(directory, options, taken, cancellationToken).ConfigureAwait(false);
                return new DirectoryServer(directory, options, running.Host.Access, running);
            }

            if (ServerFile.TryRead(directory) is { } access && await ServerProbe.AnswersAsync(access, time, cancellationToken).ConfigureAwait(false))
            {
                var joined = new DirectoryServer(directory, options, access, null);
                joined._standby = Task.Run(joined.StandByAsync, CancellationToken.None);
                return joined;
            }

            if (time.GetElapsedTime(start) > JoinTimeout)
            {
                throw new IOException(
                    $"Another process has '{directory}' open, but its embedded server has not answered for {JoinTimeout.TotalSeconds:0} s. "
                    + "Stop that process (it holds the file rq.lock there), or use another directory.");
            }

            // It is starting, or ending.
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Prepare(string directory)
    {
        if (File.Exists(directory))
        {
            throw new IOException($"The embedded server cannot keep its data in '{directory}': that is a file. Name a directory.");
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(directory);
            }
            else
            {
                // An existing directory keeps its mode.
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The embedded server's directory '{directory}' could not be created: {e.Message} Create it yourself, or name one that this user may write to.", e);
        }
    }

    private static ServerLock? TryTake(string directory)
    {
        try
        {
            return ServerLock.TryTake(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The embedded server cannot write to its directory '{directory}': {e.Message} Give this user the right to write there, or name another directory.", e);
        }
    }

    /// <summary>Starts the server with the lock in hand; the lock is released when that fails.</summary>
    private static async Task<Running> StartAsync(string directory, EmbeddedServerOptions options, ServerLock taken, CancellationToken cancellationToken)
    {
        try
        {
            var last = ServerFile.TryRead(directory);
            var password = options.Password ?? last?.Password ?? LoopbackPort.NewPassword();
            var host = await StartHostAsync(directory, last?.Port ?? 0, password, options, cancellationToken).ConfigureAwait(false);
            try
            {
                if (host.Access != last)
                {
                    ServerFile.Write(directory, host.Access);
                }

                return new Running(taken, host);
            }
            catch
            {
                await host.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private static async Task<GarnetHost> StartHostAsync(
        string directory, int lastPort, string password, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        var data = Path.Combine(directory, "data");
        if (options.Port != 0 || lastPort == 0)
        {
            return await GarnetHost.StartOnAnyPortAsync(data, options.Port, password, options, cancellationToken).ConfigureAwait(false);
        }

        // Other processes may stand by whose clients know this port, and the one that had it may just be ending: insist a while.
        for (var start = options.TimeProvider.GetTimestamp(); options.TimeProvider.GetElapsedTime(start) < PortTimeout;)
        {
            try
            {
                return await GarnetHost.StartAsync(data, new ServerAccess(lastPort, password), options, cancellationToken).ConfigureAwait(false);
            }
            catch (PortInUseException)
            {
                await Task.Delay(Poll, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }

        return await GarnetHost.StartOnAnyPortAsync(data, 0, password, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the directory is free, and then serves it in place of the process that ended.</summary>
    private async Task StandByAsync()
    {
        var wishes = new EmbeddedServerOptions
        {
            Directory = _directory,
            AcknowledgeAfterWrite = _options.AcknowledgeAfterWrite,
            TimeProvider = _options.TimeProvider,
        };
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Poll, wishes.TimeProvider, _leaving.Token).ConfigureAwait(false);
                if (TryTake(_directory) is { } taken)
                {
                    _running = await StartAsync(_directory, wishes, taken, _leaving.Token).ConfigureAwait(false);
                    Access = _running.Host.Access;
                    return;
                }

                // Only after a takeover that could not have its port: new clients of this process go where the server is.
                Access = ServerFile.TryRead(_directory) ?? Access;
            }
            catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Clients see a refused connection meanwhile. Another process may fare better, or this one next time.
                Trace.TraceError($"The embedded server of '{_directory}' could not be taken over; trying again. {e}");
            }
        }
    }

    /// <summary>Says no to a port or password that the running server does not have.</summary>
    public void CheckWishes(EmbeddedServerOptions options)
    {
        if (options.Port != 0 && options.Port != Access.Port)
        {
            throw new InvalidOperationException(
                $"The directory '{_directory}' is already served on port {Access.Port}, not on {options.Port}. "
                + "Leave the port out to share that server, or stop the processes that have the directory open.");
        }

        if (options.Password is not null && options.Password != Access.Password)
        {
            throw new InvalidOperationException(
                $"The directory '{_directory}' is already served on port {Access.Port} with another password. "
                + "Leave the password out to share that server, or stop the processes that have the directory open.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync().ConfigureAwait(false);
        await _standby.ConfigureAwait(false);
        if (_running is { } running)
        {
            // The lock last: whoever takes it finds everything on disk and the port free.
            await running.Host.DisposeAsync().ConfigureAwait(false);
            running.Lock.Dispose();
        }

        _leaving.Dispose();
    }

    private sealed record Running(ServerLock Lock, GarnetHost Host);
}
