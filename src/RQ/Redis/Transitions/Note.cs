using RQ.Executions;
using RQ.Jobs;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>What a running job says about itself: its progress and its log lines. Counts only while the execution is the job's own.</summary>
internal static class Note
{
    /// <summary>How many lines of a job are kept.</summary>
    public const int KeptLines = 1000;

    private static readonly Script s_script = Script.Load("note");

    /// <summary>Writes them; sending it again changes nothing.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="execution">The execution.</param>
    /// <param name="progress">The newest progress; <c>null</c> when it has not changed.</param>
    /// <param name="firstNumber">How many lines the execution wrote before these.</param>
    /// <param name="lines">The lines, oldest first.</param>
    public static async Task<Verdict> ExecuteAsync(
        RqConnection rq, Execution execution, JobProgress? progress, long firstNumber, IReadOnlyList<JobLogLine> lines)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([rq.Keys.Job(execution.JobId), rq.Keys.JobLog(execution.JobId)]);
        call.Arguments.AddRange([
            execution.Id, execution.WorkerName, progress is null ? RedisValue.EmptyString : ProgressText.Write(Hidden(rq, execution, progress)), KeptLines, firstNumber]);
        for (int i = 0; i < lines.Count; i++)
            call.Arguments.Add(LogLineText.Write(lines[i] with { Text = rq.Serializers.Hide(execution.Job, lines[i].Text, PayloadKind.LogLine) }, firstNumber + i));
        return VerdictText.Parse((string?)await rq.ExecuteAsync(call).ConfigureAwait(false));
    }

    private static JobProgress Hidden(RqConnection rq, Execution execution, JobProgress progress) =>
        progress.Text is null ? progress : progress with { Text = rq.Serializers.Hide(execution.Job, progress.Text, PayloadKind.Progress) };
}
