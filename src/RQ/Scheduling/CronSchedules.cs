using System.Linq.Expressions;

namespace RQ;

/// <summary>
/// The cron schedules of a Redis database: <see cref="RqConnection.Cron"/>. What is changed here holds for all schedulers at once. Each time of a schedule is
/// enqueued exactly once, however many schedulers run, die or are deployed anew.
/// </summary>
public sealed class CronSchedules
{
    internal CronSchedules(RqConnection connection)
    {
        _ = connection;
    }

    /// <summary>
    /// Stores a schedule, or changes the one of that name. An unchanged one goes on undisturbed, so that programs may do this at each start; one whose times have
    /// changed goes on with the first of them that comes after now and after the last one that was run. A paused one stays paused.
    /// </summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; it may be stored all the same.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="ArgumentException">Something in it cannot be; the message says what would be right.</exception>
    public Task<bool> AddOrUpdateAsync(CronSchedule schedule, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The same for the call that a lambda makes, by calendar.</summary>
    /// <inheritdoc cref="AddOrUpdateAsync(CronSchedule, CancellationToken)"/>
    /// <param name="name">What it is known by.</param>
    /// <param name="cron">When; see <see cref="CronSchedule.Cron"/>.</param>
    /// <param name="call">One method call; see <see cref="JobCall.FromExpression"/>.</param>
    /// <param name="timeZone">The time zone that the expression is read in.</param>
    /// <param name="options">How the jobs are run and kept.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; it may be stored all the same.</param>
    public Task<bool> AddOrUpdateAsync(
        string name, string cron, Expression<Action> call, string timeZone = "UTC", JobOptions? options = null, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options }, cancellationToken);

    /// <inheritdoc cref="AddOrUpdateAsync(string, string, Expression{Action}, string, JobOptions?, CancellationToken)"/>
    public Task<bool> AddOrUpdateAsync(
        string name, string cron, Expression<Func<Task>> call, string timeZone = "UTC", JobOptions? options = null, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options }, cancellationToken);

    /// <summary>
    /// Stores a whole table: its schedules are added or changed, and those that an earlier table of the same source held and this one does not are removed. Programs
    /// do this at each start, any number of them at once.
    /// </summary>
    /// <param name="source">What the table is known by, such as a file or a program; not empty. A schedule belongs to the source that stored it last.</param>
    /// <param name="schedules">The table.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="ArgumentException">Something in it cannot be, or two have the same name; nothing was stored.</exception>
    public Task ReplaceAsync(string source, IEnumerable<CronSchedule> schedules, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All schedules, ordered by name.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<CronEntry>> ListAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>One schedule; <c>null</c> when there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<CronEntry?> FindAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Lets a schedule rest. Its times pass and are not made up for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there is such a schedule.</returns>
    public Task<bool> PauseAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Lets a paused schedule go on, with its first time from now on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there is such a schedule.</returns>
    public Task<bool> ResumeAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Enqueues a job of the schedule now, beside its times and also while it is paused. Its overlap rule holds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>The job; <c>null</c> when the overlap rule kept it back.</returns>
    /// <exception cref="CronNotFoundException">There is no schedule of that name.</exception>
    public Task<Job?> TriggerAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Removes a schedule. Its jobs stay.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there was one.</returns>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The ids of the jobs of a schedule, the newest first; the last 1,000 are remembered, for a year. Many of the jobs may be gone. Also those of Python's cron, by the job's name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<string>> GetJobIdsAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The processes that run cron schedules now, ours and Python's. RQ's <c>CronScheduler.all</c>; unlike there reading drops nothing from Redis.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<CronSchedulerInfo>> ListSchedulersAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
