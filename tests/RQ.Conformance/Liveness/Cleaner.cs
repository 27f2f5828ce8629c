using Microsoft.Extensions.Logging.Abstractions;
using RQ.TestSupport;
using RQ.Workers;

namespace RQ.Conformance.Liveness;

/// <summary>The maintenance of a worker that has seen no stall for long, pass by pass.</summary>
internal sealed class Cleaner(TestWorld world, Action<WorkerOptions>? configure = null) : IDisposable
{
    private readonly Maintenance _maintenance = new(new WorkerSetup(world.Rq, "cleaner", ["default"], Options(configure), NullLogger.Instance));

    public Maintenance Maintenance => _maintenance;

    public Task CleanAsync()
    {
        _maintenance.Leftovers.Observe(judgeFrom: 0);
        return _maintenance.Leftovers.CleanAsync("default");
    }

    public Task CleanAfterStallAsync()
    {
        _maintenance.Leftovers.Observe(judgeFrom: long.MaxValue);
        return _maintenance.Leftovers.CleanAsync("default");
    }

    /// <summary>Cleans until it is so: a pass on a busy machine may find itself too slow to judge.</summary>
    public Task CleanUntilAsync(Func<Task<bool>> condition, string what) => Eventually.BecomesAsync(async () =>
    {
        await CleanAsync();
        return await condition();
    }, what);

    public void Dispose() => _maintenance.Dispose();

    private static WorkerOptions Options(Action<WorkerOptions>? configure)
    {
        // What must not have changed from pass to pass is looked at again soon.
        var options = new WorkerOptions { LeftoversInterval = TimeSpan.FromMilliseconds(100) };
        configure?.Invoke(options);
        return options.Freeze();
    }
}
