using RQ.Queues;
using RQ.Redis;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// The connection to the server that holds the queues. Make one for the whole process and share it: it is safe for
/// concurrent use and reconnects by itself.
/// </summary>
public sealed class RqConnection : IAsyncDisposable, IScriptCaller
{
    private readonly LateMultiplexer _multiplexer;
    private readonly bool _ownsMultiplexer;
    private readonly IEmbeddedServer? _embedded;
    private readonly ConfigurationOptions _configuration;
    private volatile System.Net.EndPoint? _lastPrimary;
    private readonly Lock _lookLock = new();
    private Task<bool> _looking = Task.FromResult(true);
    private int _isDisposed;

    private RqConnection(
        LateMultiplexer multiplexer,
        bool ownsMultiplexer,
        ConfigurationOptions configuration,
        IEmbeddedServer? embedded,
        RqConnectionOptions options,
        ServerCapabilities capabilities)
    {
        _multiplexer = multiplexer;
        _ownsMultiplexer = ownsMultiplexer;
        _configuration = configuration;
        _embedded = embedded;
        Serializer = options.Serializer;
        MaxJobSize = options.MaxJobSize;
        Serializers = new SerializerSet(MaxJobSize);
        Serializers.Add(Serializer);
        TimeProvider = options.TimeProvider;
        CertificateValidation = options.CertificateValidation;
        ConnectTimeout = options.ConnectTimeout;
        Capabilities = capabilities;
        Keys = new Keys(options.KeyPrefix);
        Gatherer = new EnqueueGatherer(this);
        Place = PlaceOf(configuration);
        if (multiplexer.IsMade)
            ConnectedPrimary();
    }

    /// <summary>The StackExchange.Redis connection underneath, for commands of your own.</summary>
    public IConnectionMultiplexer Multiplexer => _multiplexer.Value;

    /// <summary>What stands in front of every key.</summary>
    public string KeyPrefix => Keys.Prefix;

    /// <summary>How calls, metadata and results are written.</summary>
    public JobSerializer Serializer { get; }

    /// <summary>The cron schedules of this Redis database.</summary>
    public CronSchedules Cron => field ??= new CronSchedules(this);

    /// <summary>How many bytes a job may take.</summary>
    internal long MaxJobSize { get; }

    /// <summary>The formats that are read over this connection.</summary>
    internal SerializerSet Serializers { get; }

    internal TimeProvider TimeProvider { get; }

    internal TimeSpan ConnectTimeout { get; }

    /// <summary>How long the answer to a call may take: StackExchange.Redis' <c>asyncTimeout</c>.</summary>
    internal TimeSpan CallTimeout => TimeSpan.FromMilliseconds(_configuration.AsyncTimeout);

    internal Keys Keys { get; }

    /// <summary>Where jobs that are enqueued one by one meet.</summary>
    internal EnqueueGatherer Gatherer { get; }

    internal ServerCapabilities Capabilities { get; }

    internal IDatabase Database => field ??= Multiplexer.GetDatabase();

    /// <summary>Which server it is to, as the program says it: without credentials, for comparing.</summary>
    internal string Place { get; private set; }

    /// <summary>Whether it is to a server that this library started.</summary>
    internal bool IsEmbedded => _embedded is not null;

    /// <summary>Tests set a fake time in µs here; <c>null</c> lets each script ask the server's clock.</summary>
    internal Func<long>? ScriptClock { get; set; }

    private System.Net.Security.RemoteCertificateValidationCallback? CertificateValidation { get; }

    /// <summary>Connects to a server, or starts one inside this process.</summary>
    /// <param name="url">
    /// <c>redis://[user:password@]host[:port][/db]</c>, <c>rediss://…</c> for TLS, <c>unix://path[?db=N]</c>,
    /// a StackExchange.Redis configuration string (<c>sentinel:26379,serviceName=mymaster</c> finds the primary by its sentinels),
    /// <c>embedded:</c> (a server in this process, memory only) or
    /// <c>embedded:path=DIR</c> (the same, kept on disk). The embedded ones need the package RQ.NET.Embedded.
    /// </param>
    /// <param name="options">Key prefix, serializer, clock and more; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">The address cannot be read. The message holds no password.</exception>
    /// <exception cref="RedisConnectionException">The server cannot be reached or refuses the credentials.</exception>
    /// <exception cref="RqException">The server lacks what RQ needs, or the embedded server's package is missing.</exception>
    public static async Task<RqConnection> ConnectAsync(
        string url, RqConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        options = Validate(options);
        if (WorkHorse.Link is { } link && Deferred(url, link.Hello, options) is { } deferred)
            return deferred;
        if (!RedisUrl.IsEmbedded(url, out string? directory))
            return await ConnectAsync(RedisUrl.Parse(url), null, options, cancellationToken).ConfigureAwait(false);

        IEmbeddedServer server = await EmbeddedLauncher().StartAsync(directory, cancellationToken).ConfigureAwait(false);
        try
        {
            var configuration = new ConfigurationOptions { Password = server.Password };
            configuration.EndPoints.Add(server.EndPoint);
            RqConnection connection = await ConnectAsync(configuration, server, options, cancellationToken).ConfigureAwait(false);
            connection.Place = PlaceOf(directory);
            return connection;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Uses a connection that the caller made and goes on owning: it is not closed with this one.</summary>
    /// <inheritdoc cref="ConnectAsync(string, RqConnectionOptions?, CancellationToken)"/>
    /// <param name="multiplexer">The connection. Its default database is used.</param>
    /// <param name="options">Key prefix, serializer, clock and more; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<RqConnection> ConnectAsync(
        IConnectionMultiplexer multiplexer, RqConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(multiplexer);
        cancellationToken.ThrowIfCancellationRequested();
        options = Validate(options);
        ServerCapabilities capabilities = await ServerCapabilities.ProbeAsync(multiplexer, options.KeyPrefix).ConfigureAwait(false);
        ConfigurationOptions configuration = ConfigurationOptions.Parse(multiplexer.Configuration);
        return new RqConnection(new LateMultiplexer(multiplexer), false, configuration, null, options, capabilities);
    }

    /// <summary>Closes the connection, and stops the embedded server if this connection started it. Does nothing the second time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        if (_ownsMultiplexer && _multiplexer.IsMade)
            await Multiplexer.DisposeAsync().ConfigureAwait(false);
        if (_embedded is not null)
            await _embedded.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Runs a script over the shared connection. A server that has forgotten it (SCRIPT FLUSH, restart) gets it again; one that is no
    /// primary any more is replaced by the one that is.
    /// </summary>
    internal async Task<RedisResult> ExecuteAsync(ScriptCall call)
    {
        try
        {
            return await EvaluateAsync(call).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.Contains("READONLY ", StringComparison.Ordinal))
        {
            // It has changed nothing. Left alone, the shared connection would look for the primary once a minute.
            await LookForPrimaryAsync().ConfigureAwait(false);
            return await EvaluateAsync(call).ConfigureAwait(false);
        }
    }

    Task<RedisResult> IScriptCaller.ExecuteAsync(ScriptCall call) => ExecuteAsync(call);

    /// <summary>The same; when the answer was lost, the call is sent once more: every script is safe to be sent again.</summary>
    internal async Task<RedisResult> SendAsync(ScriptCall call)
    {
        try
        {
            return await ExecuteAsync(call).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            return await ExecuteAsync(call).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a script call: the sentinel key and the time come first in every one.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">About how many keys it will have.</param>
    /// <param name="arguments">About how many arguments it will have.</param>
    internal ScriptCall Call(Script script, int keys = 4, int arguments = 4) => new(
        script,
        new List<RedisKey>(keys) { Keys.Lock },
        new List<RedisValue>(arguments) { ScriptClock is { } clock ? clock() : RedisValue.EmptyString });

    /// <summary>
    /// Where a connection of one's own must go: the primary that holds this namespace, as the shared connection knows it.
    /// Asks nobody, because it is also called while asynchronous calls do not come through.
    /// </summary>
    internal RespEndpoint PrimaryEndpoint()
    {
        System.Net.EndPoint address = SlotOwner()
            ?? ConnectedPrimary()
            ?? _lastPrimary
            ?? _configuration.EndPoints[0];
        string? host = address switch
        {
            System.Net.DnsEndPoint dns => dns.Host,
            System.Net.IPEndPoint ip => ip.Address.ToString(),
            _ => null,
        };
        return new RespEndpoint(address, _configuration.User, _configuration.Password, Database.Database)
        {
            TlsHost = _configuration.Ssl ? _configuration.SslHost ?? host ?? "localhost" : null,
            TlsProtocols = _configuration.SslProtocols ?? System.Security.Authentication.SslProtocols.None,
            CertificateValidation = CertificateValidation,
        };
    }

    private async Task<RedisResult> EvaluateAsync(ScriptCall call)
    {
        RedisKey[] keys = [.. call.Keys];
        RedisValue[] arguments = [.. call.Arguments];
        try
        {
            return await Database.ScriptEvaluateAsync(call.Script.Hash, keys, arguments).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // EVAL teaches and runs it in one step: between SCRIPT LOAD and EVALSHA it could be forgotten again, and SCRIPT may be forbidden.
            return await Database.ExecuteAsync("EVAL", [call.Script.Source, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()]).ConfigureAwait(false);
        }
    }

    private async Task LookForPrimaryAsync()
    {
        Task<bool> looking;
        lock (_lookLock)
        {
            if (_looking.IsCompleted)
                _looking = Multiplexer.ConfigureAsync();
            looking = _looking;
        }

        await looking.ConfigureAwait(false);
        ConnectedPrimary();
    }

    // While nothing is connected the last one is the best guess: the configured addresses may be those of sentinels.
    private System.Net.EndPoint? ConnectedPrimary() =>
        Array.Find(Multiplexer.GetServers(), server => server.IsConnected && !server.IsReplica)?.EndPoint is { } primary ? _lastPrimary = primary : null;

    private System.Net.EndPoint? SlotOwner()
    {
        foreach (IServer server in Multiplexer.GetServers())
        {
            if (server.ServerType == ServerType.Cluster && server.ClusterConfiguration?.GetBySlot(Multiplexer.GetHashSlot(Keys.Lock)) is { EndPoint: { } owner })
                return owner;
        }

        return null;
    }

    /// <summary>A copy of the options, or the defaults.</summary>
    /// <exception cref="ArgumentException">One of them cannot be.</exception>
    internal static RqConnectionOptions Validate(RqConnectionOptions? options)
    {
        options = options?.Clone() ?? new RqConnectionOptions();
        if (string.IsNullOrEmpty(options.KeyPrefix))
            throw new ArgumentException("RqConnectionOptions.KeyPrefix must not be empty; Python RQ's is \"rq:\".", nameof(options));
        ArgumentNullException.ThrowIfNull(options.Serializer);
        ArgumentNullException.ThrowIfNull(options.TimeProvider);
        if (options.MaxJobSize is < 1 or > RqConnectionOptions.LargestJobSize)
            throw new ArgumentException($"RqConnectionOptions.MaxJobSize must be from 1 byte to 512 MiB, the most that Redis keeps in one value; it is {options.MaxJobSize}.", nameof(options));
        return options;
    }

    /// <summary>In a work horse few jobs need the connection: it is made when one does. What the server can do the worker has told.</summary>
    /// <returns><c>null</c> when it is to another server than the worker's, of which nothing is known.</returns>
    private static RqConnection? Deferred(string url, WorkHorses.HorseHello hello, RqConnectionOptions options)
    {
        bool isEmbedded = RedisUrl.IsEmbedded(url, out string? directory);
        ConfigurationOptions configuration = isEmbedded ? new ConfigurationOptions { Password = hello.Password } : RedisUrl.Parse(url);
        if (isEmbedded)
        {
            if (hello.Embedded is null || PlaceOf(directory) != hello.Place)
                return null;
            configuration.EndPoints.Add(hello.Embedded);
        }

        Configure(configuration, options);
        if (!isEmbedded && PlaceOf(configuration) != hello.Place)
            return null;
        return new RqConnection(
            new LateMultiplexer(() => ConnectionMultiplexer.Connect(configuration)), true, configuration, null, options, new ServerCapabilities(hello.Streams, hello.Copy));
    }

    private static string PlaceOf(string? directory) => $"embedded:{directory}";

    private static string PlaceOf(ConfigurationOptions configuration) => string.Join(',', configuration.EndPoints);

    private static void Configure(ConfigurationOptions configuration, RqConnectionOptions options)
    {
        configuration.AbortOnConnectFail = true;
        configuration.ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds;
        configuration.ClientName ??= "RQ.NET";
        if (options.CertificateValidation is { } validation)
            configuration.CertificateValidation += validation;
        // Lost connections come back quickly: a worker is expected to go on within two seconds of the server's return.
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        options.Configure?.Invoke(configuration);
    }

    private static async Task<RqConnection> ConnectAsync(
        ConfigurationOptions configuration, IEmbeddedServer? embedded, RqConnectionOptions options, CancellationToken cancellationToken)
    {
        Configure(configuration, options);
        ConnectionMultiplexer multiplexer =
            await ConnectionMultiplexer.ConnectAsync(configuration).WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ServerCapabilities capabilities = await ServerCapabilities.ProbeAsync(multiplexer, options.KeyPrefix).ConfigureAwait(false);
            return new RqConnection(new LateMultiplexer(multiplexer), true, configuration, embedded, options, capabilities);
        }
        catch
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static IEmbeddedServerLauncher EmbeddedLauncher()
    {
        var type = Type.GetType("RQ.Embedded.EmbeddedServerLauncher, RQ.Embedded", throwOnError: false);
        return type is null
            ? throw new RqException("'embedded:' needs the package RQ.NET.Embedded: add it to the project, or give the URL of a Redis server.")
            : (IEmbeddedServerLauncher)Activator.CreateInstance(type)!;
    }
}
