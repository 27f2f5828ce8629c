using System.Linq.Expressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RQ.Redis;

namespace RQ;

public sealed partial class RqBuilder
{
    /// <summary>
    /// Adds a scheduler that runs as long as the host, for hosts that have no worker: hosted workers have one of their own (<see cref="WorkerOptions.WithScheduler"/>).
    /// It also runs the cron schedules.
    /// </summary>
    /// <param name="queues">The queues whose scheduled jobs it moves; none means all, also those that come into being later.</param>
    /// <exception cref="ArgumentException">A name is empty, or none that a queue can have.</exception>
    public RqBuilder AddScheduler(params string[] queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        foreach (string queue in queues)
        {
            ArgumentException.ThrowIfNullOrEmpty(queue, nameof(queues));
            StoredName.OfQueue(queue);
        }

        Registrations.HasScheduler = true;
        Services.AddSingleton<IHostedService>(services => new SchedulerService(queues, services));
        return this;
    }

    /// <summary>
    /// Adds a cron schedule. All that a host adds, here and in the section <c>Rq:Cron</c> of the configuration, are one table, which is stored when the host starts
    /// (see <see cref="CronSchedules.ReplaceAsync"/> and <see cref="RqOptions.CronSource"/>): what an earlier build had and this one does not is removed. A host that has none
    /// removes what it had if it has a worker or a scheduler.
    /// </summary>
    /// <param name="schedule">The schedule. When it cannot be, the host does not start.</param>
    /// <exception cref="ArgumentException">One of that name was added before.</exception>
    public RqBuilder AddCron(CronSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (Registrations.Schedules.Exists(each => each.Name == schedule.Name))
            throw new ArgumentException($"A cron schedule named '{schedule.Name}' was added before. Choose another name.", nameof(schedule));
        Registrations.Schedules.Add(schedule);
        return this;
    }

    /// <inheritdoc cref="AddCron(CronSchedule)"/>
    /// <param name="name">What it is known by.</param>
    /// <param name="cron">When; see <see cref="CronSchedule.Cron"/>.</param>
    /// <param name="call">One method call, <c>() =&gt; Reports.Send("all")</c>; see <see cref="JobCall.FromExpression"/>.</param>
    /// <param name="timeZone">The time zone that the expression is read in.</param>
    /// <param name="options">How the jobs are run and kept.</param>
    public RqBuilder AddCron(string name, string cron, Expression<Action> call, string timeZone = "UTC", JobOptions? options = null) =>
        AddCron(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options });

    /// <inheritdoc cref="AddCron(string, string, Expression{Action}, string, JobOptions?)"/>
    public RqBuilder AddCron(string name, string cron, Expression<Func<Task>> call, string timeZone = "UTC", JobOptions? options = null) =>
        AddCron(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options });

    /// <inheritdoc cref="AddCron(string, string, Expression{Action}, string, JobOptions?)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public RqBuilder AddCron<TTarget>(string name, string cron, Expression<Action<TTarget>> call, string timeZone = "UTC", JobOptions? options = null) =>
        AddCron(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options });

    /// <inheritdoc cref="AddCron{TTarget}(string, string, Expression{Action{TTarget}}, string, JobOptions?)"/>
    public RqBuilder AddCron<TTarget>(string name, string cron, Expression<Func<TTarget, Task>> call, string timeZone = "UTC", JobOptions? options = null) =>
        AddCron(CronSchedule.For(name, cron, call) with { TimeZone = timeZone, Options = options });
}
