using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>
/// Reads who runs a job now: the records that workers write with their heartbeats, and, for one that has not beaten yet, what
/// the job's hash says.
/// </summary>
internal static class ExecutionRecords
{
    /// <summary>The living executions, oldest first. One whose worker died is among them until its record expires or it is recovered.</summary>
    public static async Task<IReadOnlyList<JobExecution>> ReadAsync(RqConnection rq, string jobId)
    {
        Task<RedisValue[]> job = rq.Primary.HashGetAsync(
            rq.Keys.Job(jobId), [JobFields.Status, JobFields.LastExecution, JobFields.StartedAt, JobFields.LastHeartbeat, JobFields.WorkerName]);
        RedisValue[] ids = await rq.Primary.SortedSetRangeByRankAsync(rq.Keys.Executions(jobId)).ConfigureAwait(false);
        HashEntry[][] records = await Task.WhenAll(ids.Select(id => rq.Primary.HashGetAllAsync(rq.Keys.Execution(jobId, (string)id!)))).ConfigureAwait(false);
        JobExecution? newest = Newest(jobId, await job.ConfigureAwait(false));

        var executions = new List<JobExecution>();
        for (int i = 0; i < ids.Length; i++)
        {
            if (records[i].Length > 0)
                executions.Add(Read(jobId, (string)ids[i]!, records[i].ToDictionary(), newest));
        }

        if (newest is not null && !executions.Exists(execution => execution.Id == newest.Id))
            executions.Add(newest);
        return [.. executions.OrderBy(execution => execution.CreatedAt)];
    }

    private static JobExecution? Newest(string jobId, RedisValue[] fields) =>
        fields[0] == JobStatusText.ToText(JobStatus.Started) && !fields[1].IsNullOrEmpty
            ? new JobExecution(jobId, (string)fields[1]!)
            {
                CreatedAt = RqTime.ParseTimestamp(fields[2]),
                LastHeartbeat = RqTime.ParseTimestamp(fields[3]),
                WorkerName = Present(fields[4]),
            }
            : null;

    private static JobExecution Read(string jobId, string id, Dictionary<RedisValue, RedisValue> record, JobExecution? newest) => new(jobId, id)
    {
        CreatedAt = RqTime.ParseUnix(record.GetValueOrDefault("created_at")),
        LastHeartbeat = RqTime.ParseUnix(record.GetValueOrDefault("last_heartbeat")),
        WorkerName = Present(record.GetValueOrDefault("worker_name")) ?? (newest?.Id == id ? newest.WorkerName : null),
    };

    private static string? Present(RedisValue value) => value.IsNullOrEmpty ? null : (string?)value;
}
