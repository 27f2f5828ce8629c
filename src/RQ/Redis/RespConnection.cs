using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// One plain connection to the server, for what the shared multiplexer cannot do: blocking commands, and calls that
/// come through while the thread pool is starved (the synchronous half never leaves the calling thread).
/// Not safe for concurrent use, but one thread may send while another receives.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    /// <summary>Above this the buffer of what is to be sent is let go of again, in bytes.</summary>
    private const int LargestKept = 1024 * 1024;

    private const string TooMany = "max number of clients";

    private static readonly string[] s_conveniences = ["CLIENT", "INFO"];

    private readonly Socket _socket;
    private readonly RespReader _input = new();
    private readonly Action<string>? _onMoved;
    private Stream _stream;
    private ArrayBufferWriter<byte> _output = new(512);

    private RespConnection(RespEndpoint endpoint, Socket socket)
    {
        _socket = socket;
        Address = endpoint.Address;
        _onMoved = endpoint.OnMoved;
        _stream = Stream.Null;
    }

    /// <summary>The server's number for this connection, for <c>CLIENT UNBLOCK</c> and <c>CLIENT KILL</c>.</summary>
    public ConnectionNumber Number { get; private set; } = ConnectionNumber.Unknown;

    /// <summary>Where it leads to, as it was asked for.</summary>
    public EndPoint Address { get; }

    /// <summary>This end of the connection, as the server lists it.</summary>
    public string LocalAddress => _socket.LocalEndPoint?.ToString() is { Length: > 0 } address ? address : "unknown";

    /// <summary>How long <see cref="Receive"/> waits before it gives up with an <see cref="IOException"/>.</summary>
    public TimeSpan ReceiveTimeout
    {
        get => TimeSpan.FromMilliseconds(_socket.ReceiveTimeout);
        set => _socket.ReceiveTimeout = (int)value.TotalMilliseconds;
    }

    /// <summary>Connects on the calling thread. Every later synchronous call gives up after <paramref name="timeout"/>.</summary>
    /// <exception cref="IOException">The server cannot be reached, does not answer in time, or refuses the credentials.</exception>
    public static RespConnection Connect(RespEndpoint endpoint, string? clientName, TimeSpan timeout)
    {
        endpoint.Guard?.Invoke(endpoint.Address);
        RespConnection? connection = null;
        try
        {
            connection = new RespConnection(endpoint, endpoint.Connect(timeout));
            int milliseconds = (int)timeout.TotalMilliseconds;
            connection._socket.SendTimeout = milliseconds;
            connection._socket.ReceiveTimeout = milliseconds;
            connection.OpenStream();
            if (endpoint.CreateTls(connection._stream) is { } tls)
            {
                connection._stream = tls;
                tls.AuthenticateAsClient(endpoint.TlsOptions());
            }

            int replies = connection.SendGreeting(endpoint, clientName);
            for (int i = 0; i < replies; i++)
                connection.TakeGreeting(connection.Receive());
            return connection;
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            throw AsIOException(exception, endpoint);
        }
    }

    /// <summary>The same without blocking; the token ends the attempt, with the same exception.</summary>
    /// <exception cref="IOException">The server cannot be reached, does not answer in time, or refuses the credentials.</exception>
    public static async Task<RespConnection> ConnectAsync(RespEndpoint endpoint, string? clientName, CancellationToken cancellationToken)
    {
        if (endpoint.Guard is { } guard)
            await Task.Run(() => guard(endpoint.Address), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        var connection = new RespConnection(endpoint, endpoint.CreateSocket());
        try
        {
            await connection._socket.ConnectAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);
            connection.OpenStream();
            if (endpoint.CreateTls(connection._stream) is { } tls)
            {
                connection._stream = tls;
                await tls.AuthenticateAsClientAsync(endpoint.TlsOptions(), cancellationToken).ConfigureAwait(false);
            }

            int replies = connection.SendGreeting(endpoint, clientName);
            for (int i = 0; i < replies; i++)
                connection.TakeGreeting(await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false));
            return connection;
        }
        catch (Exception exception)
        {
            connection.Dispose();
            throw AsIOException(exception, endpoint);
        }
    }

    /// <summary>How much the next <see cref="Flush"/> sends, in bytes.</summary>
    public int Unsent => _output.WrittenCount;

    /// <summary>How many bytes it keeps room for, of what it sends and of what it receives.</summary>
    public (int Output, int Input) Capacity => (_output.Capacity, _input.Capacity);

    /// <summary>Adds a command to what the next <see cref="Flush"/> sends.</summary>
    public void Write(params ReadOnlySpan<RedisValue> command)
    {
        WriteHeader('*', command.Length);
        foreach (RedisValue part in command)
            WriteBulk(part);
    }

    /// <summary>Adds a script call by the script's hash; the server must know it, see <see cref="LoadScript"/>.</summary>
    public void Write(ScriptCall call) => Write("EVALSHA", call.Script.HashText, call);

    /// <summary>Adds a script call with the script itself, which the server then knows.</summary>
    public void WriteInFull(ScriptCall call) => Write("EVAL", call.Script.Source, call);

    private void Write(string command, string script, ScriptCall call)
    {
        WriteHeader('*', 3 + call.Keys.Count + call.Arguments.Count);
        WriteBulk(command);
        WriteBulk(script);
        WriteBulk(call.Keys.Count);
        foreach (RedisKey key in call.Keys)
            WriteBulk((string?)key);
        foreach (RedisValue argument in call.Arguments)
            WriteBulk(argument);
    }

    public void Flush()
    {
        if (_output.WrittenCount == 0)
            return;
        _stream.Write(_output.WrittenSpan);
        ResetOutput();
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_output.WrittenMemory, cancellationToken).ConfigureAwait(false);
        ResetOutput();
    }

    /// <summary>Waits for the next reply. An error reply is returned, not thrown: see <see cref="RedisResult.Resp2Type"/>.</summary>
    public RedisResult Receive()
    {
        while (true)
        {
            if (_input.TryRead(out RedisResult? reply))
                return Heard(reply);
            ArraySegment<byte> room = _input.Room();
            _input.Advance(_stream.Read(room.Array!, room.Offset, room.Count));
        }
    }

    /// <inheritdoc cref="Receive"/>
    public async ValueTask<RedisResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_input.TryRead(out RedisResult? reply))
                return Heard(reply);
            _input.Advance(await _stream.ReadAsync(_input.Room(), cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Sends one script call and waits for its reply on the calling thread; sends the script itself if the server has forgotten it.</summary>
    public RedisResult Execute(ScriptCall call)
    {
        Write(call);
        Flush();
        RedisResult reply = Receive();
        if (IsNoScript(reply))
        {
            WriteInFull(call);
            Flush();
            reply = Receive();
        }

        return ThrowIfError(reply);
    }

    /// <summary>Makes the script known to the server, so that calls by hash succeed; a server that forbids that is taught by the first call.</summary>
    public void LoadScript(Script script)
    {
        Write("SCRIPT", "LOAD", script.Source);
        Flush();
        RedisResult reply = Receive();
        if (!IsRefused(reply, "SCRIPT"))
            ThrowIfError(reply);
    }

    public static bool IsNoScript(RedisResult reply) =>
        reply.Resp2Type == ResultType.Error && reply.ToString()!.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <exception cref="RedisServerException">The reply is an error.</exception>
    public static RedisResult ThrowIfError(RedisResult reply) =>
        reply.Resp2Type == ResultType.Error ? throw ErrorOf(reply) : reply;

    public static RedisServerException ErrorOf(RedisResult reply) => MissingRight.Is(reply.ToString())
        ? MissingRight.Explain(reply.ToString()!, null)
        : new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, reply.ToString()!);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>Ends what another thread waits for on it, with an <see cref="IOException"/>. It still has to be disposed of.</summary>
    public void Interrupt()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Closes it and, where the system can, drops what is still to be sent.</summary>
    public void Abort()
    {
        try
        {
            if (_socket.AddressFamily != AddressFamily.Unix)
                _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        Dispose();
    }

    private void ResetOutput()
    {
        if (_output.Capacity > LargestKept)
            _output = new ArrayBufferWriter<byte>(512);
        else
            _output.ResetWrittenCount();
    }

    private void OpenStream()
    {
        if (_socket.AddressFamily != AddressFamily.Unix)
            _socket.NoDelay = true;
        _stream = new NetworkStream(_socket, ownsSocket: false);
    }

    private int SendGreeting(RespEndpoint endpoint, string? clientName)
    {
        int replies = 1;
        if (endpoint.Password is { Length: > 0 } password)
        {
            if (endpoint.User is { Length: > 0 } user)
                Write("AUTH", user, password);
            else
                Write("AUTH", password);
            replies++;
        }

        if (endpoint.Database != 0)
        {
            Write("SELECT", endpoint.Database);
            replies++;
        }

        if (clientName is not null)
        {
            Write("CLIENT", "SETNAME", clientName.Replace(' ', '_'));
            replies++;
        }

        Write("INFO", "server");
        Write("CLIENT", "ID");
        Flush();
        return replies + 1;
    }

    private void TakeGreeting(RedisResult reply)
    {
        // CLIENT and INFO are conveniences that some servers lack or forbid; credentials and database are not.
        if (reply.Resp2Type == ResultType.Error
            && (reply.ToString()!.Contains(TooMany, StringComparison.Ordinal) || !s_conveniences.Any(command => IsRefused(reply, command))))
            throw ErrorOf(reply);
        if (reply.Resp2Type == ResultType.BulkString)
            Number = Number with { ServerRun = ConnectionNumber.RunOf((string?)reply) };
        else if (reply.Resp2Type == ResultType.Integer)
            Number = Number with { Id = (long)reply };
    }

    // An unknown command and a forbidden one are both told by their name.
    private static bool IsRefused(RedisResult reply, string command) =>
        reply.Resp2Type == ResultType.Error && reply.ToString()!.Contains(command, StringComparison.OrdinalIgnoreCase);

    private static IOException AsIOException(Exception exception, RespEndpoint endpoint) =>
        new($"Cannot connect to Redis at {endpoint.Address}: {exception.Message}", exception);

    private void WriteHeader(char type, long count)
    {
        Span<byte> span = _output.GetSpan(24);
        span[0] = (byte)type;
        Utf8Formatter.TryFormat(count, span[1..], out int written);
        span[1 + written] = (byte)'\r';
        span[2 + written] = (byte)'\n';
        _output.Advance(written + 3);
    }

    private void WriteBulk(RedisValue value)
    {
        // Text and numbers are written where they go, without arrays of their own.
        int length = value.GetByteCount();
        WriteHeader('$', length);
        Span<byte> span = _output.GetSpan(length + 2);
        value.CopyTo(span);
        "\r\n"u8.CopyTo(span[length..]);
        _output.Advance(length + 2);
    }

    private RedisResult Heard(RedisResult reply)
    {
        if (_onMoved is not null && reply.Resp2Type == ResultType.Error && ((string)reply!).StartsWith("MOVED ", StringComparison.Ordinal))
            _onMoved((string)reply!);
        return reply;
    }
}
