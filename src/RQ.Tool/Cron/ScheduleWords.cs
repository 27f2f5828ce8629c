using RQ.Scheduling;

namespace RQ.Tool.Cron;

/// <summary>The words for a schedule's rules, the same in files and on command lines.</summary>
internal static class ScheduleWords
{
    /// <exception cref="FormatException">It is none of them.</exception>
    public static CronOverlap Overlap(string text) => OverlapText.ReadWord(text)
        ?? throw new FormatException($"'{text}' says nothing about overlapping runs: write {OverlapText.Words}.");

    public static string Of(CronOverlap overlap) => overlap switch
    {
        CronOverlap.Skip => "skip",
        CronOverlap.QueueOne => "queue-one",
        CronOverlap.CancelPrevious => "cancel-previous",
        _ => "allow",
    };

    /// <exception cref="FormatException">It is none of them.</exception>
    public static MissedRuns Missed(string text) => MissedRuns.Parse(text);

    /// <exception cref="FormatException">It is none of them.</exception>
    public static AbandonedJob OnAbandoned(string text) => text switch
    {
        "requeue" => AbandonedJob.Requeue,
        "fail" => AbandonedJob.Fail,
        _ => throw new FormatException($"'{text}' says nothing about abandoned jobs: write requeue or fail."),
    };

    public static string Of(AbandonedJob rule) => rule == AbandonedJob.Fail ? "fail" : "requeue";

    /// <exception cref="FormatException">It is none of them.</exception>
    public static JobStatus WebhookStatus(string text) => text switch
    {
        "finished" => JobStatus.Finished,
        "failed" => JobStatus.Failed,
        _ => throw new FormatException($"'{text}' is no end of a job: write finished or failed."),
    };
}
