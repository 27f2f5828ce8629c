using Microsoft.Extensions.Diagnostics.HealthChecks;
using RQ;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds RQ to the health checks of a host.</summary>
public static class RqHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check that fails when Redis cannot be reached, or when a worker of this host has failed, has lost its lease (for 8 s), or
    /// has not looked for jobs for 40 s although it could. A worker that has ended by itself, after a burst or on command, is degraded, and so is one that
    /// starts, for as long as its first work horse may take (<see cref="WorkHorseOptions.StartTimeout"/>).
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The check's name. Default <c>"rq"</c>.</param>
    /// <param name="failureStatus">What a failure means. Default: unhealthy.</param>
    /// <param name="tags">Tags by which checks are chosen.</param>
    /// <param name="timeout">How long it may take. Default: no limit of its own; a server that hangs is given up after 5 s.</param>
    public static IHealthChecksBuilder AddRq(
        this IHealthChecksBuilder builder, string name = "rq", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, ActivatorUtilities.GetServiceOrCreateInstance<RqHealthCheck>, failureStatus, tags, timeout));
    }
}
