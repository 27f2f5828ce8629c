using Microsoft.Extensions.Configuration;
using RQ;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds RQ to a host.</summary>
public static class RqServiceCollectionExtensions
{
    /// <summary>
    /// Adds the connection to the queues' server, as the singletons <see cref="RqConnectionSource"/> and <see cref="RqConnection"/>.
    /// Settings come from the section <c>Rq</c> of the host's configuration; what is said here goes before them. Called again, it
    /// adds to the same.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="url">The server's address, such as <c>redis://localhost:6379/0</c>.</param>
    public static RqBuilder AddRq(this IServiceCollection services, string url)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(url);
        return services.AddRq(options => options.Url = url);
    }

    /// <inheritdoc cref="AddRq(IServiceCollection, string)"/>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets what the configuration does not say; <c>null</c> for nothing.</param>
    public static RqBuilder AddRq(this IServiceCollection services, Action<RqOptions>? configure = null)
    {
        var builder = RqBuilder.For(services);
        if (configure is not null)
            services.Configure(configure);
        return builder;
    }

    /// <inheritdoc cref="AddRq(IServiceCollection, string)"/>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Where settings come from instead, for example <c>builder.Configuration.GetSection("Jobs")</c>.</param>
    public static RqBuilder AddRq(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = RqBuilder.For(services);
        builder.Registrations.Section = section;
        return builder;
    }
}
