using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Reads the records of workers.</summary>
internal static class ReadWorkers
{
    private const int Bite = 1000;
    private static readonly Script s_script = Script.Load("read_workers");

    /// <summary>All that a set of workers names and that have a record; a thousand in a call.</summary>
    public static async Task<IReadOnlyList<WorkerInfo>> AllAsync(RqConnection rq, string workers, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, WorkerInfo>(StringComparer.Ordinal);
        string cursor = "0";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisResult[] page = await PageAsync(rq, workers, cursor).ConfigureAwait(false);
            cursor = (string)page[0]!;
            foreach (WorkerInfo worker in Read(rq, page))
                found[worker.Name] = worker;
        }
        while (cursor != "0");
        return [.. found.Values];
    }

    /// <summary>One of them; <c>null</c> when it has no record.</summary>
    public static async Task<WorkerInfo?> OneAsync(RqConnection rq, string name) =>
        Read(rq, await PageAsync(rq, rq.Keys.Worker(name), cursor: "").ConfigureAwait(false)).FirstOrDefault();

    private static async Task<RedisResult[]> PageAsync(RqConnection rq, string key, string cursor)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.Add(key);
        call.Arguments.AddRange([cursor, Bite]);
        return (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
    }

    private static IEnumerable<WorkerInfo> Read(RqConnection rq, RedisResult[] page)
    {
        string prefix = rq.Keys.Worker("");
        return page.Skip(1)
            .Select(worker => (Record: (string)worker[0]!, Fields: (RedisValue[])worker[1]!, Executions: (string[])worker[2]!))
            .Where(worker => worker.Record.StartsWith(prefix, StringComparison.Ordinal))
            .Select(worker => WorkerInfo.Read(worker.Record[prefix.Length..], worker.Fields, worker.Executions));
    }
}
