using System.Globalization;
using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>A site with many workers, as they are written in Redis.</summary>
public static class ManyWorkers
{
    /// <summary>Writes the records of workers, each of which serves one of the queues, and a job on each queue.</summary>
    public static async Task WriteAsync(RqConnection rq, int workers, int queues)
    {
        IDatabase db = rq.Multiplexer.GetDatabase();
        string now = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        var writes = new List<Task>();
        for (int i = 0; i < workers; i++)
        {
            string name = $"worker-{i:d4}", key = $"{rq.KeyPrefix}worker:{name}", queue = $"queue-{i % queues:d2}";
            writes.Add(db.HashSetAsync(key, [
                new("birth", now), new("last_heartbeat", now), new("queues", queue), new("pid", i + 1), new("hostname", "vm"), new("ip_address", "127.0.0.1:1"), new("version", "1.0"),
                new("python_version", ".NET"), new("state", "idle"), new("successful_job_count", i), new("failed_job_count", 0), new("total_working_time", "1.5")]));
            writes.Add(db.SetAddAsync($"{rq.KeyPrefix}workers", key));
            writes.Add(db.SetAddAsync($"{rq.KeyPrefix}workers:{queue}", key));
        }

        await Task.WhenAll(writes);
        for (int i = 0; i < queues; i++)
            await new Queue($"queue-{i:d2}", rq).EnqueueAsync(JobCall.To("f"));
    }
}
