using Microsoft.Extensions.DependencyInjection;

namespace RQ;

/// <summary>Calls an exception handler that lives in the service container, or is made from it and disposed of.</summary>
internal static class HandlerFromServices<T>
    where T : class, IJobExceptionHandler
{
    public static async ValueTask<bool> HandleAsync(JobExceptionContext failure)
    {
        IServiceProvider services = failure.Context.Services
            ?? throw new InvalidOperationException($"The exception handler {typeof(T).Name} needs a service provider (WorkerOptions.Services).");
        if (services.GetService<T>() is { } service)
            return await service.HandleAsync(failure).ConfigureAwait(false);
        T made = ActivatorUtilities.CreateInstance<T>(services);
        try
        {
            return await made.HandleAsync(failure).ConfigureAwait(false);
        }
        finally
        {
            if (made is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            else
                (made as IDisposable)?.Dispose();
        }
    }
}
