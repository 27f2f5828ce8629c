using System.Globalization;

namespace RQ;

/// <summary>
/// What happens to the times of a cron schedule that passed while no scheduler ran, by more than the schedule's
/// <see cref="CronSchedule.MisfireThreshold"/>.
/// </summary>
public sealed record MissedRuns
{
    private MissedRuns(int most) => Most = most;

    /// <summary>They are left out.</summary>
    public static MissedRuns Skip { get; } = new(0);

    /// <summary>The last of them is made up for.</summary>
    public static MissedRuns RunOnce { get; } = new(1);

    /// <summary>The last ones are made up for, each with a job of its own.</summary>
    /// <param name="most">How many at most; from 1 to 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is another number.</exception>
    public static MissedRuns RunAll(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, 10_000);
        return new MissedRuns(most);
    }

    /// <summary>How many are made up for at most.</summary>
    public int Most { get; }

    /// <summary><c>skip</c>, <c>once</c> or the number.</summary>
    public override string ToString() => Most switch { 0 => "skip", 1 => "once", _ => Most.ToString(CultureInfo.InvariantCulture) };

    /// <exception cref="FormatException">The text is none of them.</exception>
    internal static MissedRuns Parse(string text) => text switch
    {
        "skip" or "0" => Skip,
        "once" => RunOnce,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most is >= 1 and <= 10_000 => RunAll(most),
        _ => throw new FormatException($"'{text}' says nothing about missed runs: write skip, once, or how many are made up for at most, from 1 to 10,000."),
    };
}
