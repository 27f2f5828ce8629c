using RQ.Jobs;
using RQ.Redis;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Results;

/// <summary>Reads results: from the job's stream, or from its hash where there are no streams or an old RQ wrote it there.</summary>
internal static class ResultStore
{
    private const string Unreadable = "Unserializable return value";

    /// <summary>The newest result; <c>null</c> when no execution has ended yet.</summary>
    public static async Task<JobResult?> LatestAsync(RqConnection rq, JobHash job)
    {
        if (rq.Capabilities.Streams)
        {
            StreamEntry[] entries = await rq.Database
                .StreamRangeAsync(rq.Keys.Results(job.Id), count: 1, messageOrder: Order.Descending).ConfigureAwait(false);
            if (entries.Length > 0)
                return FromEntry(job.Id, entries[0]);
        }

        return FromHash(job);
    }

    /// <summary>The kept results, newest first.</summary>
    public static async Task<IReadOnlyList<JobResult>> AllAsync(RqConnection rq, JobHash job)
    {
        if (rq.Capabilities.Streams)
        {
            StreamEntry[] entries = await rq.Database
                .StreamRangeAsync(rq.Keys.Results(job.Id), messageOrder: Order.Descending).ConfigureAwait(false);
            if (entries.Length > 0)
                return [.. entries.Select(entry => FromEntry(job.Id, entry))];
        }

        return FromHash(job) is { } only ? [only] : [];
    }

    /// <summary>Blocks until the stream has an entry newer than <paramref name="after"/>, or the time is over.</summary>
    /// <returns>The id of the newest entry seen, to be given again.</returns>
    public static async Task<string> WaitForEntryAsync(
        RqConnection rq, RespConnection connection, string id, string after, TimeSpan time, CancellationToken cancellationToken)
    {
        connection.Write("XREAD", "BLOCK", (long)Math.Max(1, time.TotalMilliseconds), "STREAMS", rq.Keys.Results(id), after);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        RedisResult reply = RespConnection.ThrowIfError(await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false));
        if (reply.IsNull)
            return after;
        RedisResult entries = reply[0][1];
        return (string)entries[entries.Length - 1][0]!;
    }

    private static JobResult FromEntry(string jobId, StreamEntry entry)
    {
        string? type = entry["type"];
        string? value = entry["return_value"];
        string? text = entry["exc_string"];
        string milliseconds = ((string)entry.Id!).Split('-')[0];
        return new JobResult(jobId, (JobResultType)(int.TryParse(type, out int number) ? number : (int)JobResultType.Failed))
        {
            ReturnValue = value is { Length: > 0 } ? Value(Convert.FromBase64String(value)) : null,
            ExceptionText = text is null ? null : Compression.InflateText(Convert.FromBase64String(text)),
            WorkerName = Present(entry["worker_name"]),
            ExecutionId = Present(entry["execution_id"]),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture)),
            ExecutionStartedAt = RqTime.ParseUnix(entry["execution_started_at"]),
            ExecutionEndedAt = RqTime.ParseUnix(entry["execution_ended_at"]),
        };
    }

    private static JobResult? FromHash(JobHash job)
    {
        JobStatus status = JobStatusText.Parse(job.Status);
        if (status is not (JobStatus.Finished or JobStatus.Failed or JobStatus.Stopped))
            return null;
        RedisValue value = job[JobFields.Result];
        RedisValue text = job[JobFields.ExcInfo];
        return new JobResult(job.Id, status == JobStatus.Finished ? JobResultType.Successful : JobResultType.Failed)
        {
            ReturnValue = value.IsNullOrEmpty ? null : Value((byte[])value!),
            ExceptionText = text.IsNullOrEmpty ? null : Compression.InflateText((byte[])text!),
            WorkerName = job.Text(JobFields.WorkerName),
            ExecutionId = job.Text(JobFields.LastExecution),
            CreatedAt = job.Time(JobFields.EndedAt),
            ExecutionStartedAt = job.Time(JobFields.StartedAt),
            ExecutionEndedAt = job.Time(JobFields.EndedAt),
        };
    }

    private static object? Value(byte[] bytes)
    {
        try
        {
            return JobSerializer.Of(bytes).Deserialize(bytes);
        }
        catch (UnreadableDataException)
        {
            return Unreadable;
        }
    }

    private static string? Present(RedisValue value) => value.IsNullOrEmpty ? null : (string?)value;
}
