using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace RQ;

/// <summary>Whether Redis answers and the host's workers take jobs.</summary>
internal sealed class RqHealthCheck(RqConnectionSource source, IServiceProvider services) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthStatus failure = context.Registration.FailureStatus;
        try
        {
            RqConnection connection = source.GetNow();
            await connection.Primary.PingAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new HealthCheckResult(failure, "Redis cannot be reached.", exception);
        }

        WorkerService[] workers = [.. services.GetServices<IHostedService>().OfType<WorkerService>()];
        string[] problems = [.. workers.Select(worker => (worker.Name, Problem: worker.Problem())).Where(each => each.Problem is not null).Select(each => $"Worker '{each.Name}': {each.Problem}.")];
        if (problems.Length > 0)
            return new HealthCheckResult(failure, string.Join(' ', problems));
        string[] notes = [.. workers.Select(worker => (worker.Name, Note: worker.Note())).Where(each => each.Note is not null).Select(each => $"Worker '{each.Name}' {each.Note}.")];
        return notes.Length > 0 ? HealthCheckResult.Degraded(string.Join(' ', notes)) : HealthCheckResult.Healthy();
    }
}
