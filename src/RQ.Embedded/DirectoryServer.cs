using System.Diagnostics;

namespace RQ.Embedded;

/// <summary>
/// This process's part in the server of one directory: it runs it, or has joined the process that does and stands by to
/// take over.
/// </summary>
internal sealed class DirectoryServer : IAsyncDisposable
{
    // How soon a standby process notices that the directory is free, and the first pause after a start that failed.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    // The longest pause after starts that failed: what keeps them from working, a full disk for one, takes people to mend.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // How long another process may take to start, which includes reading its data, before joining it is given up.
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromMinutes(1);

    // How long the port that the directory had last is waited for by who opens it.
    private static readonly TimeSpan PortTimeout = TimeSpan.FromSeconds(5);

    // How long by who takes over: clients go on dialling that port. Less than JoinTimeout, for those who want to join meanwhile.
    private static readonly TimeSpan TakeoverPortTimeout = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly EmbeddedServerOptions _options;
    private readonly CancellationTokenSource _leaving = new();
    private Task _keeping = Task.CompletedTask;
    private volatile ServerAccess? _access;
    private volatile Running? _running;

    private DirectoryServer(string directory, EmbeddedServerOptions options)
    {
        _directory = directory;
        _options = options;
    }

    public ServerAccess Access => _access!;

    public bool IsOwner => _running is not null;

    /// <summary>Takes the directory and starts a server, or joins the one there is.</summary>
    public static async Task<DirectoryServer> OpenAsync(string directory, EmbeddedServerOptions options, CancellationToken cancellationToken)
    {
        Prepare(directory);
        var server = new DirectoryServer(directory, options);
        await server.OpenAsync(cancellationToken).ConfigureAwait(false);
        server._keeping = Task.Run(server.KeepServedAsync, CancellationToken.None);
        return server;
    }

    private static void Prepare(string directory)
    {
        if (File.Exists(directory))
        {
            throw new IOException($"The embedded server cannot keep its data in '{directory}': that is a file. Name a directory.");
        }

        try
        {
            CreateForOwner(directory);
            // What jobs say is in there, and the directory may be open to others.
            CreateForOwner(Data(directory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The embedded server's directory '{directory}' could not be created: {e.Message} Create it yourself, or name one that this user may write to.", e);
        }
    }

    // One that exists keeps its mode.
    private static void CreateForOwner(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string Data(string directory) => Path.Combine(directory, "data");

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var time = _options.TimeProvider;
        for (var start = time.GetTimestamp(); ;)
        {
            if (TryTake() is { } taken)
            {
                await StartAsync(taken, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (ServerFile.TryRead(_directory) is { } access && await ServerProbe.AnswersAsync(access, time, cancellationToken).ConfigureAwait(false))
            {
                _access = access;
                return;
            }

            if (time.GetElapsedTime(start) > JoinTimeout)
            {
                throw new IOException(
                    $"Another process has '{_directory}' open, but its embedded server has not answered for {JoinTimeout.TotalSeconds:0} s. "
                    + "Stop that process (it holds the file rq.lock there), or use another directory.");
            }

            // It is starting, or ending.
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private ServerLock? TryTake()
    {
        try
        {
            return ServerLock.TryTake(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The embedded server cannot write to its directory '{_directory}': {e.Message} Give this user the right to write there, or name another directory.", e);
        }
    }

    /// <summary>Starts the server with the lock in hand; the lock is released when that fails.</summary>
    private async Task StartAsync(ServerLock taken, CancellationToken cancellationToken)
    {
        try
        {
            var last = ServerFile.TryRead(_directory) ?? _access;
            var host = await StartHostAsync(last, cancellationToken).ConfigureAwait(false);
            try
            {
                if (host.Access != last)
                {
                    ServerFile.Write(_directory, host.Access);
                }

                _access = host.Access;
                _running = new Running(taken, host);
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

    private async Task<GarnetHost> StartHostAsync(ServerAccess? last, CancellationToken cancellationToken)
    {
        var data = Data(_directory);
        var isTakeover = _access is not null;
        if (last is null || (_options.Port != 0 && !isTakeover))
        {
            return await GarnetHost.StartOnAnyPortAsync(data, _options.Port, Password(_options.Port, last), _options, cancellationToken).ConfigureAwait(false);
        }

        // Clients of this process and of others know this port, and the one that had it may just be ending: insist a while.
        var patience = isTakeover ? TakeoverPortTimeout : PortTimeout;
        for (var start = _options.TimeProvider.GetTimestamp(); _options.TimeProvider.GetElapsedTime(start) < patience;)
        {
            try
            {
                // Who takes over does not know which password others were given: the one there is.
                var access = isTakeover ? last : last with { Password = Password(last.Port, last) };
                return await GarnetHost.StartAsync(data, access, _options, cancellationToken).ConfigureAwait(false);
            }
            catch (PortInUseException)
            {
                await Task.Delay(Poll, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }

        var host = await GarnetHost.StartOnAnyPortAsync(data, 0, Password(0, last), _options, cancellationToken).ConfigureAwait(false);
        if (isTakeover)
        {
            Trace.TraceError(
                $"The embedded server of '{_directory}' listens on port {host.Access.Port} now: another program has had its port {last.Port} for {patience.TotalSeconds:0} s. "
                + "Connections made before do not find it; restart the processes that have them.");
        }

        return host;
    }

    // Another port, another password: clients give the old one to whoever listens on the old port now. What was open stays open.
    private string Password(int port, ServerAccess? last) =>
        _options.Password ?? (last is not null && (last.Port == port || last.Password.Length == 0) ? last.Password : LoopbackPort.NewPassword());

    /// <summary>Sees to it that the directory is served, by this process when no other does, until it is left.</summary>
    private async Task KeepServedAsync()
    {
        var time = _options.TimeProvider;
        var pause = Poll;
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                if (_running is { } running)
                {
                    var start = time.GetTimestamp();
                    var error = await running.Host.Failure.WaitAsync(_leaving.Token).ConfigureAwait(false);
                    Trace.TraceError(
                        $"The embedded server of '{_directory}' could not write to its disk. It answers nobody until it is opened anew, which is tried in a moment. {error}");
                    pause = time.GetElapsedTime(start) > LongestPause ? Poll : Longer(pause);
                    // The lock goes, too: a process that stands by may fare better.
                    await LetGoAsync(running).ConfigureAwait(false);
                }

                await Task.Delay(pause, time, _leaving.Token).ConfigureAwait(false);
                if (TryTake() is { } taken)
                {
                    await StartAsync(taken, _leaving.Token).ConfigureAwait(false);
                    continue;
                }

                pause = Poll;
                // Only after a takeover that could not have its port: new clients of this process go where the server is.
                _access = ServerFile.TryRead(_directory) ?? _access;
            }
            catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Clients see a refused connection meanwhile. Another process may fare better, or this one next time.
                pause = Longer(pause);
                Trace.TraceError($"The embedded server of '{_directory}' could not be started in this process; trying again in {pause.TotalSeconds} s. {e}");
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private async Task LetGoAsync(Running running)
    {
        try
        {
            await running.Host.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            // The lock last: whoever takes it finds everything on disk and the port free.
            _running = null;
            running.Lock.Dispose();
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
        await _keeping.ConfigureAwait(false);
        if (_running is { } running)
        {
            await LetGoAsync(running).ConfigureAwait(false);
        }

        _leaving.Dispose();
    }

    private sealed record Running(ServerLock Lock, GarnetHost Host);
}
