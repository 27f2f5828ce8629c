using System.Linq.Expressions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// The cron schedules of a Redis database: <see cref="RqConnection.Cron"/>. What is changed here holds for all schedulers at once. Each time of a schedule is
/// enqueued exactly once, however many schedulers run, die or are deployed anew.
/// </summary>
public sealed class CronSchedules
{
    /// <summary>How often a job by hand is tried again when the schedule changes meanwhile.</summary>
    private const int Tries = 100;

    private readonly RqConnection _rq;
    private readonly CronTable _table;

    internal CronSchedules(RqConnection connection)
    {
        _rq = connection;
        _table = new CronTable(connection);
    }

    /// <summary>
    /// Stores a schedule, or changes the one of that name. An unchanged one goes on undisturbed, so that programs may do this at each start; one whose times have
    /// changed goes on with the first of them that comes after now and after the last one that was run, but a time that is due already and still one of them is run.
    /// A paused one stays paused. One that belongs to a table leaves it: it then stays until it is removed by its name, or a table has one of that name
    /// (<see cref="UpdateAsync"/> leaves it in its table).
    /// </summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; it may be stored all the same.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="ArgumentException">Something in it cannot be; the message says what would be right.</exception>
    public Task<bool> AddOrUpdateAsync(CronSchedule schedule, CancellationToken cancellationToken = default) =>
        _table.StoreAsync([CronDefinition.Of(_rq, schedule, "")], null, cancellationToken);

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

    /// <inheritdoc cref="AddOrUpdateAsync(string, string, Expression{Action}, string, JobOptions?, CancellationToken)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public Task<bool> AddOrUpdateAsync<TTarget>(
        string name, string cron, Expression<Action<TTarget>> call, string timeZone = "UTC", JobOptions? options = null, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options }, cancellationToken);

    /// <inheritdoc cref="AddOrUpdateAsync{TTarget}(string, string, Expression{Action{TTarget}}, string, JobOptions?, CancellationToken)"/>
    public Task<bool> AddOrUpdateAsync<TTarget>(
        string name, string cron, Expression<Func<TTarget, Task>> call, string timeZone = "UTC", JobOptions? options = null, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options }, cancellationToken);

    /// <summary>
    /// Changes what a stored schedule says; what differs is written, and all else stays as it is, also the table that it belongs to (which brings the schedule back as the
    /// table has it, when it is stored again). Its times go on as in <see cref="AddOrUpdateAsync(CronSchedule, CancellationToken)"/>.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="change">
    /// Says what it shall be: <c>schedule => schedule with { Queue = "low" }</c>. It is called again when somebody else changes the schedule meanwhile. It may not change
    /// the name.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting for the answer; it may be changed all the same.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="CronNotFoundException">There is no schedule of that name.</exception>
    /// <exception cref="ArgumentException">Something in it cannot be; the message says what would be right.</exception>
    /// <exception cref="RqException">What is stored cannot be read.</exception>
    public async Task<bool> UpdateAsync(string name, Func<CronSchedule, CronSchedule> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        CronTable.Outcome outcome = await _table.ChangeAsync(Named(name), (stored, now) => Updated(stored, change, now), cancellationToken).ConfigureAwait(false);
        return outcome == CronTable.Outcome.Missing ? throw new CronNotFoundException(name) : outcome == CronTable.Outcome.Changed;
    }

    /// <summary>
    /// Stores a whole table: its schedules are added or changed, and those that an earlier table of the same source held and this one does not are removed. Programs
    /// do this at each start, any number of them at once. Of two tables of one source that are stored at the same time, one is in force in the end, and nothing of the
    /// other. It is the one that was stored last, whichever build it is from: a process of an old build that starts once more during a rollout takes the schedules away
    /// that only the new build has, until the new one stores its table again. Up to 300 schedules that are stored, and as many that are removed, are one step; larger
    /// changes take several.
    /// </summary>
    /// <param name="source">What the table is known by, such as a file or a program; not empty. A schedule belongs to the source that stored it last.</param>
    /// <param name="schedules">The table.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="ArgumentException">Something in it cannot be, or two have the same name; nothing was stored.</exception>
    public async Task ReplaceAsync(string source, IEnumerable<CronSchedule> schedules, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        Redis.StoredName.Check(source, "cron table's");
        ArgumentNullException.ThrowIfNull(schedules);
        CronDefinition[] table = [.. schedules.Select(schedule => CronDefinition.Of(_rq, schedule, source))];
        if (table.GroupBy(schedule => schedule.Name).FirstOrDefault(name => name.Count() > 1) is { } twice)
            throw new ArgumentException($"The cron table '{source}' holds {twice.Count()} schedules named '{twice.Key}'. Give each a name of its own.", nameof(schedules));
        await _table.StoreAsync(table, source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All schedules, ordered by name. One that cannot be read is left out; <see cref="FindAsync"/> says why.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<CronEntry>> ListAsync(CancellationToken cancellationToken = default)
    {
        RedisValue[] names = await _rq.Primary.SetMembersAsync(_rq.Keys.CronSchedules).WaitAsync(cancellationToken).ConfigureAwait(false);
        CronRead read = await _table.ReadAsync([.. names.Select(name => (string)name!).Order(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
        var entries = new List<CronEntry>();
        foreach (StoredCron schedule in read.Schedules.Where(schedule => schedule.Exists))
        {
            try
            {
                entries.Add(schedule.ToEntry(_rq));
            }
            catch (RqException)
            {
                // The others are listed.
            }
        }

        return entries;
    }

    /// <summary>One schedule; <c>null</c> when there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RqException">What is stored cannot be read.</exception>
    public async Task<CronEntry?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        await ReadAsync(name, cancellationToken).ConfigureAwait(false) is { Exists: true } schedule ? schedule.ToEntry(_rq) : null;

    /// <summary>Lets a schedule rest. Its times pass and are not made up for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there is such a schedule.</returns>
    public async Task<bool> PauseAsync(string name, CancellationToken cancellationToken = default) =>
        await _table.ChangeAsync(Named(name), (schedule, _) => CronChange.Pause(schedule), cancellationToken).ConfigureAwait(false) != CronTable.Outcome.Missing;

    /// <summary>Lets a paused schedule go on, with its first time from now on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there is such a schedule.</returns>
    public async Task<bool> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        await _table.ChangeAsync(Named(name), CronChange.Resume, cancellationToken).ConfigureAwait(false) != CronTable.Outcome.Missing;

    /// <summary>Enqueues a job of the schedule now, beside its times and also while it is paused. Its overlap rule holds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>The job; <c>null</c> when the overlap rule kept it back.</returns>
    /// <exception cref="CronNotFoundException">There is no schedule of that name.</exception>
    /// <exception cref="RqException">What is stored cannot be read.</exception>
    public async Task<Job?> TriggerAsync(string name, CancellationToken cancellationToken = default)
    {
        string? id = null;
        for (int n = 0; n < Tries; n++)
        {
            CronRead read = await _table.ReadAsync([Named(name)], cancellationToken).ConfigureAwait(false);
            if (!read.Schedules[0].Exists)
                throw new CronNotFoundException(name);
            id ??= CronJobId.ByHand(name, read.Now);
            CronRunner.Run run = await new CronRunner(_rq).RunAsync(read.Schedules[0], CronStep.ByHand, null, id).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (run.Verdict is null || run.Job is not null)
                return run.Job;
        }

        throw new RqException($"No job of the cron schedule '{name}' was enqueued: others keep changing it, {Tries} times so far.");
    }

    /// <summary>Removes a schedule. Its jobs stay.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken = default) =>
        await CronStore.ExecuteAsync(_rq, Tokens.New(), [], [Named(name)], null).WaitAsync(cancellationToken).ConfigureAwait(false) > 0;

    /// <summary>The ids of the jobs of a schedule, the newest first; the last 1,000 are remembered, for a year. Many of the jobs may be gone. Also those of Python's cron, by the job's name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetJobIdsAsync(string name, CancellationToken cancellationToken = default)
    {
        RedisValue[] ids = await _rq.Primary.SortedSetRangeByRankAsync(_rq.Keys.CronJobs(Named(name)), order: Order.Descending)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(ids, id => (string)id!);
    }

    /// <summary>The processes that run cron schedules now, ours and Python's. RQ's <c>CronScheduler.all</c>; unlike there reading drops nothing from Redis.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<CronSchedulerInfo>> ListSchedulersAsync(CancellationToken cancellationToken = default) =>
        [.. (await CronSchedulerRecord.ReadAsync(_rq).WaitAsync(cancellationToken).ConfigureAwait(false)).Select(one => CronSchedulerText.Read(one.Name, one.Heartbeat, one.Fields))];

    private CronChange? Updated(StoredCron stored, Func<CronSchedule, CronSchedule> change, DateTimeOffset now)
    {
        CronSchedule wanted = change(stored.ToSchedule(_rq));
        ArgumentNullException.ThrowIfNull(wanted, nameof(change));
        if (wanted.Name != stored.Name)
            throw new ArgumentException($"The cron schedule '{stored.Name}' cannot be renamed to '{wanted.Name}'. Store one of the new name, and remove the old one.", nameof(change));
        return CronChange.Between(CronDefinition.Stored(_rq, stored), CronDefinition.Of(_rq, wanted, stored.Source), stored, now);
    }

    private async Task<StoredCron> ReadAsync(string name, CancellationToken cancellationToken) =>
        (await _table.ReadAsync([Named(name)], cancellationToken).ConfigureAwait(false)).Schedules[0];

    private static string Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name;
    }
}
