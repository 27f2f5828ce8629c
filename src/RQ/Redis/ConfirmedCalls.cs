using System.Diagnostics;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// Script calls that are confirmed: their answer comes when enough replicas have what they wrote. They have a connection of their own, because the command that waits for
/// replicas (<c>WAIT</c>) counts what its own connection has written and holds up all that is sent behind it. Calls that come while a round is under way share the next one.
/// </summary>
internal sealed class ConfirmedCalls(RqConnection rq, EnqueueDurability durability) : IDisposable
{
    /// <summary>How many calls share a round at most.</summary>
    private const int MostCalls = 1000;

    /// <summary>A round that has so many bytes takes no further call. One call may have many more.</summary>
    private const long MostBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private static readonly string[] s_notNow = ["LOADING ", "MASTERDOWN ", "CLUSTERDOWN ", "UNBLOCKED "];

    private readonly Lock _lock = new();
    private readonly Queue<Pending> _waiting = new();
    private RespConnection? _connection;
    private bool _isRunning;
    private bool _isDisposed;

    /// <summary>Sends a call. When the connection is lost it is sent again, as every script may be.</summary>
    /// <returns>The answer, and what is missing to its confirmation; <c>null</c> when nothing is.</returns>
    /// <exception cref="RedisConnectionException">The server is away; what it has done is not known.</exception>
    /// <exception cref="RedisServerException">The server refuses the call.</exception>
    public Task<Stored> ExecuteAsync(ScriptCall call)
    {
        var pending = new Pending(call);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, rq);
            _waiting.Enqueue(pending);
            if (_isRunning)
                return pending.Task;
            _isRunning = true;
        }

        _ = Task.Run(RunAsync);
        return pending.Task;
    }

    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        Close();
    }

    private void Close() => Interlocked.Exchange(ref _connection, null)?.Dispose();

    private async Task RunAsync()
    {
        while (Next() is { } round)
        {
            try
            {
                await ExecuteAsync(round).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // Part of the round may be written, or be on its way: what comes next must not get its answers.
                Close();
                Exception told = exception is IOException ? new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, exception.Message, exception) : exception;
                foreach (Pending pending in round)
                    pending.TrySetException(told);
            }
        }
    }

    private List<Pending>? Next()
    {
        var round = new List<Pending>();
        long bytes = 0;
        lock (_lock)
        {
            while (round.Count < MostCalls && bytes < MostBytes && _waiting.TryDequeue(out Pending? next))
            {
                round.Add(next);
                bytes += next.Size;
            }

            _isRunning = round.Count > 0;
        }

        return _isRunning ? round : null;
    }

    /// <summary>Tries it until it goes well, as long as a call may take.</summary>
    private async Task ExecuteAsync(List<Pending> round)
    {
        // The first one has waited longest. Who has had to wait for rounds before it that failed is not kept as long once more.
        long began = round[0].Since;
        for (int attempts = 1; ; attempts++)
        {
            bool isLast = Stopwatch.GetElapsedTime(began) >= rq.CallTimeout;
            try
            {
                await SendAsync(round).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                Close();
                ObjectDisposedException.ThrowIf(_isDisposed, rq);
                if (isLast || (attempts > 1 && Stopwatch.GetElapsedTime(began) >= rq.CallTimeout))
                    throw exception as IOException ?? new IOException($"The server did not answer in time: {exception.Message}", exception);
            }

            // Those that have their answer are over: their jobs may have been run and deleted since.
            round = [.. round.Where(pending => !pending.Task.IsCompleted)];

            if (rq.HasSeveralServers)
                await rq.LookForPrimaryAsync().ConfigureAwait(false);
            await Task.Delay(s_pause, TimeProvider.System).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(List<Pending> round)
    {
        if (rq.HasSeveralServers && _connection is { } known && rq.IsElsewhere(known.Address))
            Close();
        using var limit = new CancellationTokenSource(rq.ConnectTimeout);
        RespConnection connection = _connection ??= await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), "rq-enqueue", limit.Token).ConfigureAwait(false);
        // Disposed of meanwhile: then nobody else closes it.
        ObjectDisposedException.ThrowIf(_isDisposed, rq);
        for (bool inFull = false; round.Count > 0; inFull = true)
        {
            // Also what is sent behind a script that the server has forgotten waits.
            limit.CancelAfter(rq.CallTimeout + durability.Timeout);
            foreach (Pending pending in round)
            {
                if (inFull)
                    connection.WriteInFull(pending.Call);
                else
                    connection.Write(pending.Call);
            }

            durability.Write(connection);
            await connection.FlushAsync(limit.Token).ConfigureAwait(false);
            var answers = new RedisResult[round.Count];
            for (int i = 0; i < answers.Length; i++)
                answers[i] = Usable(await connection.ReceiveAsync(limit.Token).ConfigureAwait(false));
            string? missing = Missing(Usable(await connection.ReceiveAsync(limit.Token).ConfigureAwait(false)));
            var forgotten = new List<Pending>();
            for (int i = 0; i < answers.Length; i++)
            {
                if (RespConnection.IsNoScript(answers[i]) && !inFull)
                    forgotten.Add(round[i]);
                else
                    round[i].Answer(answers[i], missing);
            }

            round = forgotten;
        }
    }

    private string? Missing(RedisResult answer) => answer.Resp2Type == ResultType.Error ? $"the server says '{answer}'" : durability.Missing(answer);

    /// <exception cref="IOException">It is about the way to the server: the call is to be sent again.</exception>
    private static RedisResult Usable(RedisResult answer)
    {
        if (answer.Resp2Type != ResultType.Error)
            return answer;
        string error = answer.ToString()!;
        return Refusal.IsElsewhere(error) || Refusal.IsUnderWay(error) || Refusal.Says(error, s_notNow)
            ? throw new IOException($"The server cannot be written to now: {error}")
            : answer;
    }

    /// <summary>The answer to a call.</summary>
    /// <param name="Result">What the script returned.</param>
    /// <param name="Missing">What is missing to its confirmation, for people; <c>null</c> when it is confirmed, or nobody asked for that.</param>
    internal readonly record struct Stored(RedisResult Result, string? Missing);

    private sealed class Pending(ScriptCall call) : TaskCompletionSource<Stored>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ScriptCall Call => call;

        /// <summary>About how many bytes it has.</summary>
        public long Size { get; } = call.Arguments.Sum(argument => argument.Length());

        /// <summary>When it came.</summary>
        public long Since { get; } = Stopwatch.GetTimestamp();

        public void Answer(RedisResult result, string? missing)
        {
            if (result.Resp2Type == ResultType.Error)
                TrySetException(RespConnection.ErrorOf(result));
            else
                TrySetResult(new Stored(result, missing));
        }
    }
}
