using RQ.Queues;
using RQ.Redis;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// The connection to the server that holds the queues. Make one for the whole process and share it: it is safe for
/// concurrent use and reconnects by itself.
/// </summary>
public sealed partial class RqConnection : IAsyncDisposable, IScriptCaller
{
    private readonly LateMultiplexer _multiplexer;
    private readonly bool _ownsMultiplexer;
    private readonly IEmbeddedServer? _embedded;
    private readonly ConfigurationOptions _configuration;
    private readonly PrimaryFinder _finder;
    private readonly SharedCalls _calls;
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
        Serializers = new SerializerSet(MaxJobSize, Serializer);
        TimeProvider = options.TimeProvider;
        CertificateValidation = options.CertificateValidation;
        ClientCertificate = options.ClientCertificate;
        ConnectTimeout = options.ConnectTimeout;
        Capabilities = capabilities;
        Keys = new Keys(options.KeyPrefix);
        Gatherer = new EnqueueGatherer(this);
        Place = PlaceOf(configuration);
        _finder = new PrimaryFinder(multiplexer, configuration, Keys.Lock);
        _calls = new SharedCalls(this, _finder);
        Durability = options.Durability;
        if (Durability is not null)
            Confirmed = new ConfirmedCalls(this, Durability);
        if (multiplexer.IsMade)
            _ = _finder.Current;
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

    internal ServerCapabilities Capabilities { get; set; }

    internal EnqueueDurability? Durability { get; }

    /// <summary>Enqueues that wait for replicas; <c>null</c> when nobody asked for that.</summary>
    internal ConfirmedCalls? Confirmed { get; }

    internal IDatabase Database => field ??= Multiplexer.GetDatabase();

    /// <summary>Plain commands to the primary.</summary>
    internal PrimaryDatabase Primary => field ??= new PrimaryDatabase(this, Database);

    /// <summary>The number of the database.</summary>
    internal int DatabaseNumber => _configuration.DefaultDatabase ?? 0;

    /// <summary>Whether the server is a cluster.</summary>
    internal bool IsCluster => _multiplexer.IsMade && ClusterRules.IsCluster(Multiplexer);

    /// <summary>Whether another server may take over.</summary>
    internal bool HasSeveralServers => _multiplexer.IsMade && Multiplexer.GetServers().Length > 1;

    /// <summary>
    /// Whether the shared connection reaches servers and takes all of them for replicas, so that it sends nothing that only a primary may be asked. After a fail-over it would believe so
    /// for up to a minute, when one of them has long become the primary, or is it again.
    /// </summary>
    internal bool TakesAllForReplicas => _multiplexer.IsMade && Multiplexer.GetServers() is var servers
        && Array.Exists(servers, server => server.IsConnected) && !Array.Exists(servers, server => server is { IsConnected: true, IsReplica: false });

    /// <summary>Which server it is to, as the program says it: without credentials, for comparing.</summary>
    internal string Place { get; private set; }

    /// <summary>Whether it is to a server that this library started.</summary>
    internal bool IsEmbedded => _embedded is not null;

    /// <summary>Tests set a fake time in µs here; <c>null</c> lets each script ask the server's clock.</summary>
    internal Func<long>? ScriptClock { get; set; }

    /// <summary>Tests put themselves between calls and the server here; <c>null</c> sends each.</summary>
    internal Func<ScriptCall, Task<RedisResult>>? Interceptor { get; set; }

    private System.Net.Security.RemoteCertificateValidationCallback? CertificateValidation { get; }

    private System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate { get; }

    /// <summary>Knows what sentinels say; <c>null</c> where there are none.</summary>
    private SentinelGuard? Guard { get; init; }

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
    /// <exception cref="RqException">The server lacks what RQ needs, or is a cluster and the key prefix has no <c>{tag}</c>; or the embedded server's package is missing.</exception>
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
        ConfigurationOptions configuration = ConfigurationOptions.Parse(multiplexer.Configuration);
        ServerCapabilities capabilities = await ProbeAsync(multiplexer, configuration, options).WaitAsync(cancellationToken).ConfigureAwait(false);
        return new RqConnection(new LateMultiplexer(multiplexer), false, configuration, null, options, capabilities);
    }

    /// <summary>Closes the connection, and stops the embedded server if this connection started it. Does nothing the second time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        Confirmed?.Dispose();
        if (_ownsMultiplexer && _multiplexer.IsMade)
            await Multiplexer.DisposeAsync().ConfigureAwait(false);
        if (_embedded is not null)
            await _embedded.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Where a connection of one's own must go: the primary that holds this namespace, as the shared connection knows it.
    /// Asks nobody, because it is also called while asynchronous calls do not come through.
    /// </summary>
    internal RespEndpoint PrimaryEndpoint()
    {
        System.Net.EndPoint address = _finder.Current;
        return RespEndpoint.Of(address, _configuration, CertificateValidation, ClientCertificate) with
        {
            Database = Database.Database,
            OnMoved = answer => _finder.Tell(answer, address),
            Guard = Guard is { } guard ? guard.Check : null,
        };
    }

    /// <summary>
    /// Whether a connection of one's own leads to another server than the one that holds this namespace now. Asks nobody but sentinels, and these only when the shared connection has gone
    /// elsewhere: a primary that stood still while another one took over takes itself for the primary for some seconds more.
    /// </summary>
    /// <param name="address">Where it leads to.</param>
    internal bool IsElsewhere(System.Net.EndPoint address) => !_finder.Current.Equals(address) && (Guard?.Denies(address) ?? true);

    /// <summary>Has the shared connection look who is the primary now.</summary>
    internal Task LookForPrimaryAsync() => _finder.LookAsync();

    /// <summary>Whether a job of the other connection can be found over this one, as far as can be told: the same server may have several addresses.</summary>
    internal bool SharesNamespaceWith(RqConnection other) => other == this || (other.KeyPrefix == KeyPrefix && other.DatabaseNumber == DatabaseNumber);

    /// <summary>The namespace, for people.</summary>
    internal string NamespaceText => $"prefix '{KeyPrefix}', database {DatabaseNumber}";

    /// <summary>A copy of the options, or the defaults.</summary>
    /// <exception cref="ArgumentException">One of them cannot be.</exception>
    internal static RqConnectionOptions Validate(RqConnectionOptions? options)
    {
        options = options?.Clone() ?? new RqConnectionOptions();
        if (string.IsNullOrEmpty(options.KeyPrefix))
            throw new ArgumentException("RqConnectionOptions.KeyPrefix must not be empty; Python RQ's is \"rq:\".", nameof(options));
        StoredName.Check(options.KeyPrefix, "key prefix");
        ArgumentNullException.ThrowIfNull(options.Serializer);
        ArgumentNullException.ThrowIfNull(options.TimeProvider);
        if (options.MaxJobSize is < 1 or > RqConnectionOptions.LargestJobSize)
            throw new ArgumentException($"RqConnectionOptions.MaxJobSize must be from 1 byte to 512 MiB, the most that Redis keeps in one value; it is {options.MaxJobSize}.", nameof(options));
        options.Durability?.Check();
        if (options.CertificateAuthorityFile is { } authorities)
        {
            options.CertificateValidation = options.CertificateValidation is null
                ? PrivateAuthority.Trust(authorities)
                : throw new ArgumentException("RqConnectionOptions.CertificateAuthorityFile and CertificateValidation are both set. Give one of the two.", nameof(options));
        }

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
        SentinelGuard? guard = GuardOf(configuration, options);
        return new RqConnection(
            new LateMultiplexer(() => ConnectionMultiplexer.Connect(configuration)), true, configuration, null, options, new ServerCapabilities(hello.Streams, hello.Copy))
        {
            Guard = guard,
        };
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
        if (options.ClientCertificate is { } certificate)
            configuration.CertificateSelection += (_, _, _, _, _) => certificate;
        // Lost connections come back quickly: a worker is expected to go on within two seconds of the server's return.
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        options.Configure?.Invoke(configuration);
    }

    private static async Task<RqConnection> ConnectAsync(
        ConfigurationOptions configuration, IEmbeddedServer? embedded, RqConnectionOptions options, CancellationToken cancellationToken)
    {
        Configure(configuration, options);
        SentinelGuard? guard = GuardOf(configuration, options);
        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(configuration);
        ConnectionMultiplexer multiplexer;
        try
        {
            multiplexer = await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(connecting);
            throw;
        }

        try
        {
            ServerCapabilities capabilities = await ProbeAsync(multiplexer, configuration, options).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new RqConnection(new LateMultiplexer(multiplexer), true, configuration, embedded, options, capabilities) { Guard = guard };
        }
        catch
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Nobody waits for the connection any more.</summary>
    private static async Task CloseLateAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or IOException)
        {
            // It was not made.
        }
    }

    private static SentinelGuard? GuardOf(ConfigurationOptions configuration, RqConnectionOptions options) =>
        SentinelGuard.Join(configuration, address => RespEndpoint.Of(address, configuration, options.CertificateValidation, options.ClientCertificate));

    private static Task<ServerCapabilities> ProbeAsync(IConnectionMultiplexer multiplexer, ConfigurationOptions configuration, RqConnectionOptions options)
    {
        ClusterRules.Check(multiplexer, options.KeyPrefix, configuration.DefaultDatabase ?? 0);
        return ServerCapabilities.ProbeAsync(multiplexer, options);
    }

    private static IEmbeddedServerLauncher EmbeddedLauncher()
    {
        var type = Type.GetType("RQ.Embedded.EmbeddedServerLauncher, RQ.Embedded", throwOnError: false);
        return type is null
            ? throw new RqException("'embedded:' needs the package RQ.NET.Embedded: add it to the project, or give the URL of a Redis server.")
            : (IEmbeddedServerLauncher)Activator.CreateInstance(type)!;
    }
}
