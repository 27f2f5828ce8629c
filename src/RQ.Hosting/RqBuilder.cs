using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace RQ;

/// <summary>Says what a host has of RQ: queues to put jobs on, workers, what jobs may call.</summary>
public sealed partial class RqBuilder
{
    private RqBuilder(IServiceCollection services, RqRegistrations registrations)
    {
        Services = services;
        Registrations = registrations;
    }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    internal RqRegistrations Registrations { get; }

    /// <summary>
    /// Adds a queue as a singleton: as <see cref="IQueue"/>, which is at hand even while the server is not, and as <see cref="Queue"/>.
    /// Both have the queue's name as their key, <c>[FromKeyedServices("low")] IQueue queue</c>. The queue called <c>"default"</c>, or
    /// else the first one added, is also there without a key; if none is added, <c>"default"</c> is. Settings come from the sections
    /// <c>Rq:Queue</c>, for all queues, and <c>Rq:Queues:{name}</c>. Called again with a name, it adds to the same queue's options.
    /// </summary>
    /// <param name="name">The queue's name.</param>
    /// <param name="configure">Sets what the configuration does not say; <c>null</c> for nothing.</param>
    public RqBuilder AddQueue(string name, Action<QueueOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        OptionsBuilder<QueueOptions> options = Services.AddOptionsWithValidateOnStart<QueueOptions>(name);
        if (configure is not null)
            options.Configure(configure);
        if (Registrations.Queues.Contains(name))
            return this;
        Registrations.Queues.Add(name);
        Services.TryAddKeyedSingleton<IQueue>(name, (services, key) => NewQueue((string)key!, services));
        Services.TryAddKeyedSingleton(name, (services, key) => NewConnectedQueue((string)key!, services));
        return this;
    }

    /// <summary>
    /// Adds a worker that runs as long as the host. May be called several times: the workers are named <c>worker-1</c>,
    /// <c>worker-2</c> and so on. Settings come from the sections <c>Rq:Worker</c>, for all workers, and <c>Rq:Workers:{name}</c>.
    /// </summary>
    /// <param name="configure">Sets what the configuration does not say; <c>null</c> for nothing.</param>
    public RqBuilder AddWorker(Action<RqWorkerOptions>? configure = null) =>
        AddWorker($"worker-{Registrations.Workers.Count + 1}", configure);

    /// <inheritdoc cref="AddWorker(Action{RqWorkerOptions})"/>
    /// <param name="name">
    /// What it is called in this host: in the configuration, its log lines and the health check. The name that it registers under is
    /// <see cref="WorkerOptions.Name"/>, which must be unique among all processes.
    /// </param>
    /// <param name="configure">Sets what the configuration does not say; <c>null</c> for nothing.</param>
    /// <exception cref="ArgumentException">A worker of that name was added before.</exception>
    public RqBuilder AddWorker(string name, Action<RqWorkerOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Registrations.Workers.Contains(name))
            throw new ArgumentException($"A worker named '{name}' was added before. Choose another name.", nameof(name));
        Registrations.Workers.Add(name);
        OptionsBuilder<RqWorkerOptions> options = Services.AddOptionsWithValidateOnStart<RqWorkerOptions>(name);
        options.Configure(worker => worker.NameInProgram = name);
        if (configure is not null)
            options.Configure(configure);
        Services.AddSingleton<IHostedService>(services => new WorkerService(name, services));
        return this;
    }

    /// <summary>Says what jobs may call, for all workers of the host: <c>AddFunctions(functions =&gt; functions.AddAssemblyOf&lt;Program&gt;())</c>.</summary>
    /// <param name="add">Adds functions and assemblies.</param>
    public RqBuilder AddFunctions(Action<JobFunctions> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        return ConfigureWorkers(options => add(options.Functions));
    }

    /// <summary>
    /// Adds code around the run of every job of all workers, the first one outermost. It is taken for each run from the job's service
    /// scope, if it is a service, or made with what it needs from there.
    /// </summary>
    /// <typeparam name="T">The type of the filter.</typeparam>
    public RqBuilder AddExecutionFilter<T>()
        where T : class, IExecutionFilter =>
        ConfigureWorkers(options => options.ExecutionFilters.Add<T>());

    /// <summary>
    /// Adds a handler that is told about every failed attempt, for all workers. It is taken for each failure from a service scope of
    /// its own, if it is a service, or made with what it needs from there.
    /// </summary>
    /// <typeparam name="T">The type of the handler.</typeparam>
    public RqBuilder AddExceptionHandler<T>()
        where T : class, IJobExceptionHandler =>
        ConfigureWorkers(options => options.ExceptionHandlers.Add(HandlerFromServices<T>.HandleAsync));

    /// <summary>Changes the options of all workers of the host: after the configuration, and before what <c>AddWorker</c> says of each, whichever is called first.</summary>
    /// <param name="configure">Changes them.</param>
    public RqBuilder ConfigureWorkers(Action<RqWorkerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Registrations.AllWorkers.Add(configure);
        return this;
    }

    /// <summary>
    /// Makes the connection in a way of the application's own, for example over an existing <c>IConnectionMultiplexer</c>. The address in
    /// the options is then not used. Tried again while it fails for want of a server; what it returns is closed with the host.
    /// </summary>
    /// <param name="connect">Makes it.</param>
    public RqBuilder UseConnection(Func<IServiceProvider, CancellationToken, Task<RqConnection>> connect)
    {
        ArgumentNullException.ThrowIfNull(connect);
        Registrations.HasConnection = true;
        Services.Replace(ServiceDescriptor.Singleton(services => new RqConnectionSource(end => connect(services, end))));
        return this;
    }

    internal static RqBuilder For(IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.FirstOrDefault(service => service.ServiceType == typeof(RqRegistrations))?.ImplementationInstance is RqRegistrations known)
            return new RqBuilder(services, known);

        var registrations = new RqRegistrations();
        services.AddSingleton(registrations);
        AddOptions(services);
        services.TryAddSingleton(static provider => new RqConnectionSource(end =>
        {
            RqOptions options = provider.GetRequiredService<IOptions<RqOptions>>().Value;
            return RqConnection.ConnectAsync(options.Url!, options, end);
        }));
        services.TryAddSingleton(static provider => provider.GetRequiredService<RqConnectionSource>().GetNow());
        services.TryAddSingleton<IQueue>(provider => NewQueue(registrations.DefaultQueue, provider));
        services.TryAddSingleton(provider => NewConnectedQueue(registrations.DefaultQueue, provider));
        services.AddHostedService<ConnectionService>();
        services.AddHostedService<CronService>();
        return new RqBuilder(services, registrations);
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddLogging();
        services.AddOptionsWithValidateOnStart<RqOptions>();
        services.AddSingleton<RqConfiguration>();
        services.AddSingleton<IConfigureOptions<RqOptions>>(static provider => provider.GetRequiredService<RqConfiguration>());
        services.AddSingleton<IConfigureOptions<RqWorkerOptions>>(static provider => provider.GetRequiredService<RqConfiguration>());
        services.AddSingleton<IConfigureOptions<QueueOptions>>(static provider => provider.GetRequiredService<RqConfiguration>());
        services.AddSingleton<IPostConfigureOptions<RqWorkerOptions>>(static provider => provider.GetRequiredService<RqConfiguration>());
        services.AddSingleton<IPostConfigureOptions<QueueOptions>>(static provider => provider.GetRequiredService<RqConfiguration>());
        services.AddSingleton<IValidateOptions<RqOptions>, RqValidation>();
        services.AddSingleton<IValidateOptions<RqWorkerOptions>, RqValidation>();
        services.AddSingleton<IValidateOptions<QueueOptions>, RqValidation>();
    }

    private static HostedQueue NewQueue(string name, IServiceProvider services) =>
        new(name, services.GetRequiredService<RqConnectionSource>(), services.GetRequiredService<IOptionsMonitor<QueueOptions>>());

    private static Queue NewConnectedQueue(string name, IServiceProvider services) =>
        new(name, services.GetRequiredService<RqConnection>(), services.GetRequiredService<IOptionsMonitor<QueueOptions>>().Get(name));
}
