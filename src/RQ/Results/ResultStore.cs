using System.Globalization;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Results;

/// <summary>Reads results: from the job's stream, or from its hash where there are no streams or an old RQ wrote it there.</summary>
internal static class ResultStore
{
    private const string Unreadable = "Unserializable return value";

    private static readonly long s_lastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The newest result; <c>null</c> when no execution has ended yet.</summary>
    public static async Task<JobResult?> LatestAsync(RqConnection rq, JobHash job)
    {
        if (rq.Capabilities.Streams)
        {
            string key = rq.Keys.Results(job.Id);
            StreamEntry[] entries = await rq.Primary
                .StreamRangeAsync(key, count: 1, messageOrder: Order.Descending).ConfigureAwait(false);
            if (entries.Length > 0)
                return FromEntry(rq.Serializers, job, entries[0]);
        }

        return FromHash(rq, job);
    }

    /// <summary>The kept results, newest first.</summary>
    public static async Task<IReadOnlyList<JobResult>> AllAsync(RqConnection rq, JobHash job)
    {
        StreamEntry[] entries = rq.Capabilities.Streams
            ? await rq.Primary.StreamRangeAsync(rq.Keys.Results(job.Id), messageOrder: Order.Descending).ConfigureAwait(false)
            : [];
        if (entries.Length == 0)
            return FromHash(rq, job) is { } only ? [only] : [];
        return [.. entries.Select(entry => FromEntry(rq.Serializers, job, entry))];
    }

    /// <summary>How many results are kept.</summary>
    public static async Task<long> CountAsync(RqConnection rq, JobHash job)
    {
        long count = rq.Capabilities.Streams ? await rq.Primary.StreamLengthAsync(rq.Keys.Results(job.Id)).ConfigureAwait(false) : 0;
        return count > 0 ? count : FromHash(rq, job) is null ? 0 : 1;
    }

    /// <summary>Deletes the kept results; the job stays.</summary>
    public static Task DeleteAllAsync(RqConnection rq, string id) => DeleteResults.ExecuteAsync(rq, id);

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

    /// <summary>Reads an entry of a job's stream, whatever is in it.</summary>
    internal static JobResult FromEntry(SerializerSet serializers, JobHash job, StreamEntry entry)
    {
        RedisValue text = entry["exc_string"];
        byte[]? bytes = entry["return_value"] is { IsNullOrEmpty: false } stored ? FromBase64(stored) : null;
        (object? value, Exception? unreadable) = Value(serializers, job, bytes);
        return new JobResult(job.Id, entry["type"].TryParse(out int type) ? (JobResultType)type : JobResultType.Failed)
        {
            ReturnValue = value,
            ReturnValueBytes = bytes?.AsMemory(),
            Unreadable = unreadable,
            ExceptionText = text.IsNull ? null : serializers.Show(job.Id, FailureText.Read(FromBase64(text)), PayloadKind.Failure),
            WorkerName = Present(entry["worker_name"]),
            ExecutionId = Present(entry["execution_id"]),
            CreatedAt = TimeOf(entry.Id),
            ExecutionStartedAt = RqTime.ParseUnix(entry["execution_started_at"]),
            ExecutionEndedAt = RqTime.ParseUnix(entry["execution_ended_at"]),
        };
    }

    private static JobResult? FromHash(RqConnection rq, JobHash job)
    {
        JobStatus status = JobStatusText.Parse(job.Status);
        if (status is not (JobStatus.Finished or JobStatus.Failed or JobStatus.Stopped))
            return null;
        RedisValue text = job[JobFields.ExcInfo];
        byte[]? bytes = job[JobFields.Result] is { IsNullOrEmpty: false } stored ? (byte[]?)stored : null;
        // Where there are streams, only an old RQ has written a result here. Where there are none, no field means that the value is null.
        if (bytes is null && text.IsNullOrEmpty && (rq.Capabilities.Streams || job.Text(JobFields.ResultsDeleted) == (job.Text(JobFields.LastExecution) ?? "-")))
            return null;
        (object? value, Exception? unreadable) = Value(rq.Serializers, job, bytes);
        return new JobResult(job.Id, status == JobStatus.Finished ? JobResultType.Successful : JobResultType.Failed)
        {
            ReturnValue = value,
            ReturnValueBytes = bytes?.AsMemory(),
            Unreadable = unreadable,
            ExceptionText = text.IsNullOrEmpty ? null : rq.Serializers.Show(job.Id, FailureText.Read((byte[])text!), PayloadKind.Failure),
            WorkerName = job.Text(JobFields.WorkerName),
            ExecutionId = job.Text(JobFields.LastExecution),
            CreatedAt = job.Time(JobFields.EndedAt),
            ExecutionStartedAt = job.Time(JobFields.StartedAt),
            ExecutionEndedAt = job.Time(JobFields.EndedAt),
        };
    }

    private static (object? Value, Exception? Unreadable) Value(SerializerSet serializers, JobHash job, byte[]? bytes)
    {
        if (bytes is null)
            return (null, null);
        try
        {
            return (serializers.Read(job, bytes, PayloadKind.Result), null);
        }
        catch (UnreadableDataException exception)
        {
            return (Unreadable, exception);
        }
    }

    /// <summary>The bytes; what is no base64, as it is.</summary>
    private static byte[] FromBase64(RedisValue stored)
    {
        try
        {
            return Convert.FromBase64String((string)stored!);
        }
        catch (FormatException)
        {
            return (byte[])stored!;
        }
    }

    /// <summary>An entry's id begins with its time in milliseconds.</summary>
    private static DateTimeOffset? TimeOf(RedisValue entry) =>
        long.TryParse(((string)entry!).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds) && milliseconds < s_lastMillisecond
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    private static string? Present(RedisValue value) => value.IsNullOrEmpty ? null : (string?)value;
}
