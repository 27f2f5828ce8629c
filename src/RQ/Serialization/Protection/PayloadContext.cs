using System.Buffers.Binary;
using System.Text;
using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Serialization;

/// <summary>What of a job a payload is. Part of what is signed, so the numbers stay.</summary>
internal enum PayloadKind : byte
{
    Call = 1,
    Meta = 2,
    Result = 3,

    /// <summary>Why it failed.</summary>
    Failure = 4,

    Progress = 5,
    LogLine = 6,

    /// <summary>The call of a cron schedule, of which each of its jobs gets a copy.</summary>
    CronCall = 7,

    /// <summary>The metadata of a cron schedule's jobs.</summary>
    CronMeta = 8,
}

/// <summary>
/// Where a payload belongs: a signature covers it too, so that it holds nowhere else. That of a call covers what else the job's hash can have
/// called or sent: the names of its callbacks, its webhooks, and that it is a callback itself. None of these changes while the job exists.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Of the job, or the name of the cron schedule.</param>
internal readonly record struct PayloadContext(PayloadKind Kind, string Id)
{
    private static readonly string[] s_actions =
    [
        JobFields.SuccessCallbackName, JobFields.FailureCallbackName, JobFields.StoppedCallbackName, JobFields.Webhooks, JobFields.CallbackOf, JobFields.CallbackOn,
    ];

    /// <summary>The job's hash; of a call only.</summary>
    public JobHash? Job { get; private init; }

    /// <summary>The same before there is a hash: name, value, name, value …</summary>
    public IReadOnlyList<RedisValue>? Fields { get; private init; }

    /// <summary>The metadata of the same job or schedule.</summary>
    public PayloadContext WithMeta => new(Kind == PayloadKind.CronCall ? PayloadKind.CronMeta : PayloadKind.Meta, Id);

    public static PayloadContext OfCall(JobHash job, PayloadKind kind = PayloadKind.Call) => new(kind, job.Id) { Job = job };

    public static PayloadContext OfCall(string id, IReadOnlyList<RedisValue> fields, PayloadKind kind = PayloadKind.Call) => new(kind, id) { Fields = fields };

    /// <summary>In bytes, so that no two of them are the same: lengths stand in front of texts, and an absent one has none.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte((byte)Kind);
        Add(bytes, Id ?? "");
        if (Kind is PayloadKind.Call or PayloadKind.CronCall)
        {
            foreach (string field in s_actions)
                Add(bytes, Text(field));
        }

        return bytes.ToArray();
    }

    private string? Text(string field)
    {
        if (Job is { } job)
            return job.Text(field);
        for (int i = 0; Fields is not null && i + 1 < Fields.Count; i += 2)
        {
            if (Fields[i] == field)
                return (string?)Fields[i + 1] is { Length: > 0 } text ? text : null;
        }

        return null;
    }

    private static void Add(MemoryStream bytes, string? text)
    {
        byte[] encoded = Encoding.UTF8.GetBytes(text ?? "");
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : encoded.Length);
        bytes.Write(length);
        bytes.Write(encoded);
    }
}
