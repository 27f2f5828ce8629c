using RQ.Executions;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>A call about the ends of executions of several queues; and what such calls have in common: values as they are stored, and verdicts.</summary>
internal sealed class Settlement
{
    private readonly RqConnection _rq;
    private readonly ScriptCall _call;
    private readonly List<string> _queues = [];

    /// <param name="rq">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="oldestRunning">The job that has run longest and goes on running; <c>null</c> for none.</param>
    /// <param name="executions">All executions that are settled.</param>
    /// <param name="queueKeys">The keys per queue that the script declares.</param>
    public Settlement(
        RqConnection rq, Script script, string worker, string? oldestRunning, IEnumerable<Execution> executions, Func<string, RedisKey[]> queueKeys)
    {
        _rq = rq;
        _call = rq.Call(script);
        foreach (Execution execution in executions)
        {
            if (!_queues.Contains(execution.Queue))
                _queues.Add(execution.Queue);
        }

        Keys keys = rq.Keys;
        _call.Keys.AddRange([keys.Worker(worker), keys.WorkerExecutions(worker), keys.Releasing, keys.ResultTemplate]);
        foreach (string queue in _queues)
            _call.Keys.AddRange(queueKeys(queue));
        _call.Arguments.AddRange([keys.Prefix, worker, rq.Capabilities.ResultMode, _queues.Count, oldestRunning ?? "", !rq.Capabilities.LocksDeclaredOnly]);
    }

    public ScriptCall Call => _call;

    /// <summary>Adds one execution: its job's key, and what every settlement says about it.</summary>
    public void Add(Execution execution)
    {
        _call.Keys.Add(_rq.Keys.Job(execution.JobId));
        _call.Arguments.AddRange([_queues.IndexOf(execution.Queue) + 1, execution.JobId, execution.Id, execution.TellBeats()]);
    }

    /// <summary>Adds the times: <c>started_at</c>, <c>ended_at</c>, and both as unix time.</summary>
    public void AddTimes(Execution execution) =>
        _call.Arguments.AddRange([
            RqTime.Timestamp(execution.StartedAt), RqTime.Timestamp(execution.EndedAt),
            RqTime.Unix(execution.CreatedAt), RqTime.Unix(execution.EndedAt)]);

    /// <summary>Stored bytes as the result mode wants them: streams hold base64, hash fields the bytes.</summary>
    public static RedisValue Payload(RqConnection rq, byte[] bytes) => rq.Capabilities.Streams ? Base64(bytes) : bytes;

    private static byte[] Base64(byte[] bytes)
    {
        byte[] text = new byte[System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, text, out _, out _);
        return text;
    }

    public static Verdict[] Read(RedisResult result) =>
        Array.ConvertAll((RedisResult[])result!, verdict => VerdictText.Parse((string?)verdict));
}
