using System.Globalization;
using StackExchange.Redis;

namespace RQ.Tool.Info;

/// <summary>
/// Reads what <c>rq info</c> shows, and only reads: RQ's own command first removes what has expired, which on a system in
/// trouble destroys what one came to see. What has expired is left out of the counts instead.
/// </summary>
internal sealed class InfoReader(RqConnection rq)
{
    private static readonly RedisValue[] s_workerFields =
        ["queues", "state", "hostname", "ip_address", "pid", "successful_job_count", "failed_job_count"];

    private IDatabase Database => rq.Database;

    private RQ.Redis.Keys Keys => rq.Keys;

    /// <param name="queues">The queues to look at; none means all.</param>
    public async Task<Snapshot> ReadAsync(IReadOnlyList<string> queues)
    {
        IReadOnlyList<string> names = queues.Count > 0
            ? [.. queues.Distinct()]
            : [.. (await Queue.AllAsync(rq).ConfigureAwait(false)).Select(queue => queue.Name)];
        RedisResult[] time = (RedisResult[])(await Database.ExecuteAsync("TIME").ConfigureAwait(false))!;
        double now = (double)time[0];

        QueueInfo[] read = await Task.WhenAll(names.Select(name => ReadQueueAsync(name, now))).ConfigureAwait(false);
        IEnumerable<string> workers = queues.Count > 0
            ? read.SelectMany(queue => queue.Workers)
            : await WorkerNamesAsync(Keys.Workers).ConfigureAwait(false);
        WorkerInfo?[] living = await Task.WhenAll(workers.Distinct().Order(StringComparer.Ordinal).Select(ReadWorkerAsync)).ConfigureAwait(false);
        return new Snapshot(read, [.. living.OfType<WorkerInfo>()], rq.TimeProvider.GetLocalNow());
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

    /// <summary><c>null</c> when it is no longer there: workers that were killed stay in the sets for a while.</summary>
    private async Task<WorkerInfo?> ReadWorkerAsync(string name)
    {
        RedisValue[] fields = await Database.HashGetAsync(Keys.Worker(name), s_workerFields).ConfigureAwait(false);
        if (Array.TrueForAll(fields, field => field.IsNull))
            return null;
        return new WorkerInfo(
            name, $"{Text(fields[2])} {Text(fields[3])} {Text(fields[4])}", Text(fields[1]),
            ((string?)fields[0] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries), Number(fields[5]), Number(fields[6]));
    }

    private static string Text(RedisValue value) => value.IsNullOrEmpty ? "unknown" : value.ToString();

    private static long Number(RedisValue value) =>
        long.TryParse((string?)value, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
