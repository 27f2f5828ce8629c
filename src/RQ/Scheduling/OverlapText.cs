using RQ.Serialization;

namespace RQ.Scheduling;

/// <summary>The texts of <see cref="CronOverlap"/> in Redis.</summary>
internal static class OverlapText
{
    public static string ToText(this CronOverlap overlap) => overlap switch
    {
        CronOverlap.Allow => "allow",
        CronOverlap.Skip => "skip",
        CronOverlap.QueueOne => "queue_one",
        CronOverlap.CancelPrevious => "cancel_previous",
        _ => throw new ArgumentOutOfRangeException(nameof(overlap), overlap, "There is no such overlap rule."),
    };

    /// <summary>The words in files, in configurations and on command lines.</summary>
    public const string Words = "allow, skip, queue-one or cancel-previous";

    /// <returns><c>null</c> when it is none of the words.</returns>
    public static CronOverlap? ReadWord(string text) => text switch
    {
        "allow" => CronOverlap.Allow,
        "skip" => CronOverlap.Skip,
        "queue-one" => CronOverlap.QueueOne,
        "cancel-previous" => CronOverlap.CancelPrevious,
        _ => null,
    };

    /// <exception cref="UnreadableDataException">There is none of that text: a newer version may have written it.</exception>
    public static CronOverlap Parse(string? text) => text switch
    {
        "allow" => CronOverlap.Allow,
        "skip" => CronOverlap.Skip,
        "queue_one" => CronOverlap.QueueOne,
        "cancel_previous" => CronOverlap.CancelPrevious,
        _ => throw new UnreadableDataException($"'{text}' is no overlap rule of a cron schedule: allow, skip, queue_one or cancel_previous."),
    };
}
