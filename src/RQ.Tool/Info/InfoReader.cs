using System.Globalization;
using StackExchange.Redis;

namespace RQ.Tool.Info;

/// <summary>
/// Reads what <c>rq info</c> shows, and only reads: RQ's own command first removes what has expired, which on a system in
/// trouble destroys what one came to see. What has expired is left out of the counts instead.
/// </summary>
internal sealed class InfoReader(RqConnection rq)
{
    private RQ.Redis.PrimaryDatabase Database => rq.Primary;

    private RQ.Redis.Keys Keys => rq.Keys;

    /// <param name="queues">The queues to look at; none means all.</param>
    public async Task<Snapshot> ReadAsync(IReadOnlyList<string> queues)
    {
        IReadOnlyList<string> names = queues.Count > 0
            ? [.. queues.Distinct()]
            : [.. (await Queue.AllAsync(rq).ConfigureAwait(false)).Select(queue => queue.Name)];
        RedisResult[] time = (RedisResult[])(await Database.TimeAsync().ConfigureAwait(false))!;
        double now = (double)time[0];

        QueueInfo[] read = await Task.WhenAll(names.Select(name => ReadQueueAsync(name, now))).ConfigureAwait(false);
        IReadOnlyList<WorkerInfo>[] workers = queues.Count > 0
            ? await Task.WhenAll(names.Select(name => Worker.AllAsync(new Queue(name, rq)))).ConfigureAwait(false)
            : [await Worker.AllAsync(rq).ConfigureAwait(false)];
        IEnumerable<WorkerLine> living = workers.SelectMany(each => each).DistinctBy(worker => worker.Name).OrderBy(worker => worker.Name, StringComparer.Ordinal).Select(LineOf);
        return new Snapshot(read, [.. living], rq.TimeProvider.GetLocalNow());
    }

    private async Task<QueueInfo> ReadQueueAsync(string name, double now)
    {
        Task<long> count = Database.ListLengthAsync(Keys.Queue(name));
        Task<long> executing = CountAsync(Keys.Started(name), now), finished = CountAsync(Keys.Finished(name), now), failed = CountAsync(Keys.Failed(name), now);
        Task<string[]> workers = WorkerNamesAsync(Keys.WorkersOf(name));
        return new QueueInfo(
            name, await count.ConfigureAwait(false), await executing.ConfigureAwait(false), await finished.ConfigureAwait(false),
            await failed.ConfigureAwait(false), await workers.ConfigureAwait(false));
    }

    // Scores are times of expiry; below zero means never, as does +inf.
    private async Task<long> CountAsync(string registry, double now)
    {
        Task<long> all = Database.SortedSetLengthAsync(registry);
        Task<long> expired = Database.SortedSetLengthAsync(registry, 0, now);
        return Math.Max(0, await all.ConfigureAwait(false) - await expired.ConfigureAwait(false));
    }

    private async Task<string[]> WorkerNamesAsync(string key)
    {
        RedisValue[] keys = await Database.SetMembersAsync(key).ConfigureAwait(false);
        string prefix = Keys.Worker("");
        return [.. keys.Select(member => (string)member!).Where(member => member.StartsWith(prefix, StringComparison.Ordinal)).Select(member => member[prefix.Length..])];
    }

    private static WorkerLine LineOf(WorkerInfo worker) => new(
        worker.Name, $"{worker.HostName ?? "unknown"} {worker.IpAddress ?? "unknown"} {worker.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}",
        worker.State, worker.Queues, worker.SuccessfulJobCount, worker.FailedJobCount);
}
