using System.Diagnostics;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// A worker's own connection for its many script calls. Who makes them writes them, and a thread that does nothing else reads the
/// answers; what waits for them goes on on it: with few jobs at once the detours by the thread pool would cost more than the calls.
/// While it is not open, and for what needs more than an answer, the shared connection is used.
/// </summary>
internal sealed class PipelinedConnection : IScriptCaller, IDisposable
{
    /// <summary>A server that could not be reached is not tried again at once.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    // These answers are about the way to the server, which the shared connection finds anew; nothing was done.
    private static readonly string[] s_detours = ["NOSCRIPT ", "READONLY ", "MOVED ", "ASK ", "TRYAGAIN "];

    private readonly RqConnection _rq;
    private readonly string _name;
    private readonly IReadOnlyList<Script> _scripts;
    private readonly ControlConnection _control;
    private readonly Lock _lock = new();
    private volatile PipelinedSession? _session;
    private Task _opening = Task.CompletedTask;
    private long? _triedAt;
    private bool _isDisposed;

    /// <param name="rq">The shared connection.</param>
    /// <param name="name">What the server lists it as.</param>
    /// <param name="scripts">What will be called; the server is taught them when it opens.</param>
    public PipelinedConnection(RqConnection rq, string name, IReadOnlyList<Script> scripts)
    {
        _rq = rq;
        _name = name;
        _scripts = scripts;
        _control = new ControlConnection(rq);
    }

    /// <summary>Whether calls go over it.</summary>
    public bool IsOpen => _session is not null;

    /// <summary>Opens it, and does nothing if that fails: a call tries it again.</summary>
    public Task OpenAsync()
    {
        lock (_lock)
        {
            if (_isDisposed || _session is not null || !_opening.IsCompleted || (_triedAt is { } at && Stopwatch.GetElapsedTime(at) < s_pause))
                return _opening;
            _triedAt = Stopwatch.GetTimestamp();
            try
            {
                // Connecting blocks, for as long as a server may take to answer.
                _opening = Task.Factory.StartNew(Open, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (TaskSchedulerException)
            {
                // The system gives no thread.
            }

            return _opening;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection was lost: what the server has done is not known.</exception>
    public async Task<RedisResult> ExecuteAsync(ScriptCall call)
    {
        if (_session is { } session && session.Send(call) is { } answer)
            return await CompleteAsync(session, call, answer).ConfigureAwait(false);
        _ = OpenAsync();
        return await _rq.ExecuteAsync(call).ConfigureAwait(false);
    }

    /// <summary>Goes to the server that holds the namespace now, if it leads to another one. Blocks while sentinels are asked.</summary>
    public void Follow()
    {
        if (_session is not { } session || !_rq.IsElsewhere(session.Address))
            return;
        Leave(session);
        _ = OpenAsync();
    }

    /// <summary>The calls that are made until it is disposed of are sent in one piece.</summary>
    public Holding Hold() => new(_session);

    /// <summary>Closes it. Nothing must be on its way any more.</summary>
    public void Dispose()
    {
        PipelinedSession? session;
        lock (_lock)
        {
            _isDisposed = true;
            (session, _session) = (_session, null);
        }

        session?.Close();
        _control.Dispose();
    }

    private void Open()
    {
        PipelinedSession? session = null;
        try
        {
            session = new PipelinedSession(Connect(), _rq.CallTimeout, (lost, exception) => _ = FailAsync(lost, exception));
            lock (_lock)
            {
                if (!_isDisposed)
                {
                    session.Start($"rq calls {_name}");
                    _session = session;
                    return;
                }
            }
        }
        catch (Exception)
        {
            // Whatever it was: calls go over the shared connection, which tells what is wrong with the server.
        }

        session?.Close();
    }

    private RespConnection Connect()
    {
        RespConnection connection = RespConnection.Connect(_rq.PrimaryEndpoint(), _name, _rq.ConnectTimeout);
        try
        {
            foreach (Script script in _scripts)
                connection.LoadScript(script);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private async Task<RedisResult> CompleteAsync(PipelinedSession session, ScriptCall call, Task<RedisResult> answer)
    {
        RedisResult result = await answer.ConfigureAwait(false);
        if (result.Resp2Type != ResultType.Error)
            return result;
        string error = result.ToString()!;
        if (!Refusal.Says(error, s_detours))
            throw await ExplainAsync(call, result).ConfigureAwait(false);
        // The next session knows the scripts, and goes to the right server.
        Leave(session);
        return await _rq.ExecuteAsync(call).ConfigureAwait(false);
    }

    private async Task<RedisServerException> ExplainAsync(ScriptCall call, RedisResult result)
    {
        RedisServerException error = RespConnection.ErrorOf(result);
        return KeyKinds.IsWrongKind(error) ? await KeyKinds.ExplainAsync(_rq, error, call.Keys).ConfigureAwait(false) : error;
    }

    private async Task FailAsync(PipelinedSession session, IOException exception)
    {
        Leave(session);
        try
        {
            // The server may still have calls to read. They should not run when their sender has long asked what became of them.
            await _control.KillAsync(session.Number).ConfigureAwait(false);
        }
        finally
        {
            session.Fail(exception);
        }
    }

    /// <summary>Sends nothing more over it; what is on its way still arrives.</summary>
    private void Leave(PipelinedSession session)
    {
        lock (_lock)
        {
            if (_session == session)
                _session = null;
        }

        session.Leave();
    }

    internal readonly struct Holding : IDisposable
    {
        private readonly PipelinedSession? _session;

        internal Holding(PipelinedSession? session)
        {
            _session = session;
            session?.Hold();
        }

        public void Dispose() => _session?.Release();
    }
}
