using Microsoft.Extensions.DependencyInjection;

namespace RQ;

/// <summary>The filters around every run, the first one outermost.</summary>
public sealed class ExecutionFilters
{
    private readonly List<Func<IServiceProvider?, (IExecutionFilter Filter, bool IsOwned)>> _filters = [];

    /// <summary>How many there are.</summary>
    public int Count => _filters.Count;

    /// <summary>Adds a filter that all runs share, so it must be safe for concurrent use.</summary>
    /// <param name="filter">The filter.</param>
    public ExecutionFilters Add(IExecutionFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        _filters.Add(_ => (filter, false));
        return this;
    }

    /// <summary>
    /// Adds a filter that is taken for each run from the run's service scope, or made with what it needs from there. Without
    /// <see cref="WorkerOptions.Services"/> its parameterless constructor is used. One that was made is disposed of after the run.
    /// </summary>
    /// <typeparam name="T">The type of the filter.</typeparam>
    public ExecutionFilters Add<T>()
        where T : class, IExecutionFilter
    {
        _filters.Add(services =>
        {
            if (services is null)
                return (Activator.CreateInstance<T>(), true);
            return services.GetService<T>() is { } service ? (service, false) : (ActivatorUtilities.CreateInstance<T>(services), true);
        });
        return this;
    }

    internal ExecutionFilters Copy()
    {
        var copy = new ExecutionFilters();
        copy._filters.AddRange(_filters);
        return copy;
    }

    /// <summary>Runs the function inside of the filters. Returns when the outermost one does.</summary>
    /// <exception cref="RqException">No result was set.</exception>
    internal async ValueTask RunAsync(JobContext context, Func<ValueTask> function)
    {
        var filters = new IExecutionFilter[_filters.Count];
        var owned = new Stack<IExecutionFilter>();
        try
        {
            for (int i = 0; i < filters.Length; i++)
            {
                (filters[i], bool isOwned) = _filters[i](context.Services);
                if (isOwned)
                    owned.Push(filters[i]);
            }

            await NextAsync(0).ConfigureAwait(false);
        }
        finally
        {
            while (owned.TryPop(out IExecutionFilter? filter))
                await DisposeAsync(filter).ConfigureAwait(false);
        }

        if (!context.HasReturnValue)
        {
            throw new RqException(
                $"An execution filter ({string.Join(", ", filters.Select(filter => filter.GetType().Name))}) ended without a result: the function was not called, or its " +
                "exception was swallowed. Call next, or set JobContext.ReturnValue to let the job finish.");
        }

        ValueTask NextAsync(int index) => index == filters.Length ? function() : filters[index].ExecuteAsync(context, () => NextAsync(index + 1));
    }

    private static async ValueTask DisposeAsync(IExecutionFilter filter)
    {
        if (filter is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else if (filter is IDisposable disposable)
            disposable.Dispose();
    }
}
