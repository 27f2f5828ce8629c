using RQ.Diagnostics;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Takes what has expired out of registries, sets of workers, groups and rate limits, a bite at a time, beside the worker's other work.</summary>
internal sealed class Cleaning(WorkerSetup setup, MaintenanceSteps steps)
{
    private const string Site = "site";

    /// <summary>How long a queue's registries are left alone when whoever cleans them dies. RQ's lock of 15 minutes is also how seldom its workers clean.</summary>
    private static readonly TimeSpan s_lockTime = TimeSpan.FromMinutes(2);

    /// <summary>Groups and rate limits belong to no queue: one worker of all looks at them, no more often than this.</summary>
    private static readonly TimeSpan s_siteEvery = TimeSpan.FromMinutes(1);

    private readonly long _born = setup.Time.GetTimestamp();

    private RqConnection Rq => setup.Connection;

    public async Task PassAsync()
    {
        foreach (string queue in setup.Queues)
            await steps.AttemptAsync(() => CleanRegistriesAsync(queue)).ConfigureAwait(false);
        await steps.AttemptAsync(() => Prune.WorkersAsync(Rq, Rq.Keys.Workers, steps.Stop)).ConfigureAwait(false);
    }

    /// <summary>Groups and rate limits.</summary>
    public async Task SitePassAsync()
    {
        TimeSpan every = setup.Options.MaintenanceInterval < s_siteEvery ? setup.Options.MaintenanceInterval : s_siteEvery;
        // Who lives for a moment does not stand: it would keep the work from the others and leave in the middle of it.
        TimeSpan young = every - setup.Time.GetElapsedTime(_born);
        if (young > TimeSpan.Zero)
            await Task.Delay(young, setup.Time, steps.Stop).ConfigureAwait(false);
        if ((await Elect.ExecuteAsync(Rq, [Site], every).ConfigureAwait(false)).Count > 0)
            await CleanSiteAsync().ConfigureAwait(false);
    }

    private async Task CleanRegistriesAsync(string queue)
    {
        // RQ's lock: Python workers hold it for up to 15 minutes, and then have done the work.
        RedisKey key = Rq.Keys.CleanRegistries(queue);
        if (!await Elect.LockAsync(Rq, key, s_lockTime).ConfigureAwait(false))
            return;
        try
        {
            Log.CleaningRegistries(setup.Log, setup.Name, queue);
            var progress = new CleaningProgress(setup, "registries", queue);
            await Prune.ExecuteAsync(Rq, queue, steps.Stop, progress.Add).ConfigureAwait(false);
            await Prune.WorkersAsync(Rq, Rq.Keys.WorkersOf(queue), steps.Stop).ConfigureAwait(false);
            await Sweep.ExpireDeferredAsync(Rq, queue, steps.Stop).ConfigureAwait(false);
            progress.Add(await Sweep.RegistryAsync(Rq, Rq.Keys.Canceled(queue), [JobStatus.Canceled], steps.Stop).ConfigureAwait(false));
            progress.End();
        }
        finally
        {
            await Rq.Primary.KeyDeleteAsync(key).ConfigureAwait(false);
        }
    }

    private async Task CleanSiteAsync()
    {
        foreach (string limit in await Admit.LimitsAsync(Rq).ConfigureAwait(false))
        {
            steps.Stop.ThrowIfCancellationRequested();
            await steps.AttemptAsync(() => Admit.ExecuteAsync(Rq, limit, dropStale: true)).ConfigureAwait(false);
        }

        foreach (Group group in await Group.AllAsync(Rq, steps.Stop).ConfigureAwait(false))
            await steps.AttemptAsync(() => group.CleanUpAsync(steps.Stop)).ConfigureAwait(false);
    }
}
