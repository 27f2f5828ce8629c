using System.Linq.Expressions;
using RQ.Scheduling;

namespace RQ;

/// <summary>
/// A job to be enqueued again and again, by calendar (<see cref="Cron"/>) or at an interval. Stored in Redis with <see cref="RqConnection.Cron"/>; from then on
/// the schedulers see to it, whatever becomes of the program that stored it.
/// </summary>
public sealed record CronSchedule
{
    /// <summary>What it is known by: any text of at most 200 characters without control characters. Another schedule of that name is replaced.</summary>
    public required string Name { get; init; }

    /// <summary>What to run. Its arguments are the same each time.</summary>
    public required JobCall Call { get; init; }

    /// <summary>
    /// When, as a cron expression: minute, hour, day of the month, month, day of the week, with one more field for seconds in front if there are
    /// six; or a macro such as <c>@daily</c>. Names (<c>MON-FRI</c>), <c>L</c>, <c>W</c> and <c>#</c> as in Cronos, which reads it: so if a day of the month and a day of the
    /// week are both given, both must be true, where crontab and Python RQ take either (and Python RQ has a field for seconds at the end). Either this or <see cref="Interval"/>.
    /// </summary>
    public string? Cron { get; init; }

    /// <summary>
    /// When, as a time between two runs, in whole seconds, from 1 s to a hundred years. The first run is at once, or at <see cref="StartsAt"/>; all others are
    /// counted from it, so they do not drift. Either this or <see cref="Cron"/>.
    /// </summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// The time zone that <see cref="Cron"/> is read in, by its IANA name such as <c>"Europe/Berlin"</c>. Default: <c>"UTC"</c>. A time that
    /// is skipped because clocks go forward runs once, right after the gap; a time that comes twice because they go back runs
    /// once, the first time. Expressions that are intervals (<c>*/15 * * * *</c>: those with a star, a step or a range for second, minute or hour) go on through both.
    /// </summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// The queue. Default: the one of the method's <see cref="JobAttribute.Queue"/>, else <c>"default"</c>. Schedulers enqueue, so nothing of the <see cref="QueueOptions"/> in this
    /// program holds for the jobs: calls are in the connection's serializer, and run at most 180 s unless <see cref="Options"/> say otherwise.
    /// </summary>
    public string? Queue { get; init; }

    /// <summary>How the jobs are run and kept. It may hold no id, due time, dependencies, uniqueness or repeats: the schedule says all that.</summary>
    public JobOptions? Options { get; init; }

    /// <summary>What happens to times that passed while no scheduler ran. Default: the last of them is made up for. What <see cref="Overlap"/> says holds for each of those
    /// jobs too: with <see cref="CronOverlap.Skip"/> there is one, however many are to be made up for.</summary>
    public MissedRuns MissedRuns { get; init; } = MissedRuns.RunOnce;

    /// <summary>
    /// Up to which lateness a time does not count as missed and is simply run late. Zero or more; at least 6 s when <see cref="MissedRuns"/> is
    /// <see cref="RQ.MissedRuns.Skip"/>, since another scheduler may take so long to go on after a kill. Default 60 s.
    /// </summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What happens when it is due while a job of it still waits or runs. Default: one more is enqueued.</summary>
    public CronOverlap Overlap { get; init; }

    /// <summary>Before this it is not due. Default: at once.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>After this it is never due again; the schedule stays listed. Default: for ever.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>
    /// Over how much time the runs of many schedules are spread: each comes later than its time by less than this, by an amount that
    /// follows from name and time. It may not exceed the distance of the two closest times. Default: zero.
    /// </summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>A schedule of the call that a lambda makes, by calendar.</summary>
    /// <param name="name">What it is known by.</param>
    /// <param name="cron">When; see <see cref="Cron"/>.</param>
    /// <param name="call">One method call; see <see cref="JobCall.FromExpression"/>.</param>
    public static CronSchedule For(string name, string cron, Expression<Action> call) => new() { Name = name, Cron = cron, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="For(string, string, Expression{Action})"/>
    public static CronSchedule For(string name, string cron, Expression<Func<Task>> call) => new() { Name = name, Cron = cron, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="For(string, string, Expression{Action})"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static CronSchedule For<TTarget>(string name, string cron, Expression<Action<TTarget>> call) => new() { Name = name, Cron = cron, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="For{TTarget}(string, string, Expression{Action{TTarget}})"/>
    public static CronSchedule For<TTarget>(string name, string cron, Expression<Func<TTarget, Task>> call) => new() { Name = name, Cron = cron, Call = JobCall.FromExpression(call) };

    /// <summary>A schedule of the call that a lambda makes, at an interval.</summary>
    /// <param name="name">What it is known by.</param>
    /// <param name="interval">The time between two runs; see <see cref="Interval"/>.</param>
    /// <param name="call">One method call; see <see cref="JobCall.FromExpression"/>.</param>
    public static CronSchedule Every(string name, TimeSpan interval, Expression<Action> call) => new() { Name = name, Interval = interval, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="Every(string, TimeSpan, Expression{Action})"/>
    public static CronSchedule Every(string name, TimeSpan interval, Expression<Func<Task>> call) => new() { Name = name, Interval = interval, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="Every(string, TimeSpan, Expression{Action})"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public static CronSchedule Every<TTarget>(string name, TimeSpan interval, Expression<Action<TTarget>> call) => new() { Name = name, Interval = interval, Call = JobCall.FromExpression(call) };

    /// <inheritdoc cref="Every{TTarget}(string, TimeSpan, Expression{Action{TTarget}})"/>
    public static CronSchedule Every<TTarget>(string name, TimeSpan interval, Expression<Func<TTarget, Task>> call) => new() { Name = name, Interval = interval, Call = JobCall.FromExpression(call) };

    /// <summary>The times at which it would be due, without <see cref="Jitter"/>, in its own time zone.</summary>
    /// <param name="after">Only times after this one. An <see cref="Interval"/> without <see cref="StartsAt"/> is counted from it.</param>
    /// <param name="count">How many; there are fewer when it ends before.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="ArgumentException">The schedule cannot be; the message says why.</exception>
    public IReadOnlyList<DateTimeOffset> Preview(DateTimeOffset after, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var occurrences = new Occurrences(this, after);
        var times = new List<DateTimeOffset>();
        for (DateTimeOffset? time = occurrences.After(after); times.Count < count && time is { } next; time = occurrences.After(next))
            times.Add(occurrences.Local(next));
        return times;
    }
}
