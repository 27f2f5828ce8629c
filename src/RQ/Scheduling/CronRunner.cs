using RQ.Jobs;
using RQ.Queues;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Scheduling;

/// <summary>Enqueues a job of a cron schedule, as its overlap rule says.</summary>
internal sealed class CronRunner(RqConnection rq)
{
    /// <summary>What became of it.</summary>
    /// <param name="Verdict">Whether the turn was taken; <c>null</c> when the overlap rule kept the job back.</param>
    /// <param name="Job">The job, when it was enqueued.</param>
    /// <param name="Trouble">Why a job whose place it takes could not be ended; it waits for that one.</param>
    internal readonly record struct Run(CronVerdict? Verdict, Job? Job, Exception? Trouble = null);

    /// <param name="schedule">The schedule, as it was just read.</param>
    /// <param name="step">Which time is run; <see cref="CronStep.ByHand"/> for none.</param>
    /// <param name="nextDue">When the next one is due.</param>
    /// <param name="id">The id of the job.</param>
    /// <exception cref="RqException">The schedule cannot be read.</exception>
    public async Task<Run> RunAsync(StoredCron schedule, CronStep step, DateTimeOffset? nextDue, string id)
    {
        // A job of the very time is in nobody's way: the turn finds it, and goes past.
        OverlapPlan plan = OverlapPlan.Of(schedule.Overlap, [.. schedule.Newest.Where(job => job.Id != id)]);
        if (!plan.Runs)
            return new Run(null, null);
        NewJob job = Create(schedule, step, id, plan.WaitsFor);
        job = job with { Item = job.Item with { Turn = new CronTurn(schedule.Name, schedule.Version, step, nextDue) } };
        CronFired fired = await Enqueue.FireAsync(rq, job.Item).ConfigureAwait(false);
        if (fired.Verdict != CronVerdict.Enqueued)
            return new Run(fired.Verdict, null);
        var enqueued = new Job(rq, job.ToHash(fired.Status));
        // Only who had the turn ends the jobs before. If we die here the new one waits for them, and the next time ends them all.
        Exception? trouble = plan.Ends ? await EndAsync(schedule, plan.WaitsFor, enqueued).ConfigureAwait(false) : null;
        return new Run(fired.Verdict, enqueued, trouble);
    }

    /// <returns>What went wrong; the job is enqueued all the same.</returns>
    private async Task<Exception?> EndAsync(StoredCron schedule, IReadOnlyList<CronRun> before, Job enqueued)
    {
        Exception? trouble = null;
        foreach (CronRun job in before)
            trouble = await TryAsync(() => EndAsync(schedule, job)).ConfigureAwait(false) ?? trouble;
        return await TryAsync(() => enqueued.RefreshAsync()).ConfigureAwait(false) ?? trouble;
    }

    private async Task EndAsync(StoredCron schedule, CronRun job)
    {
        JobStatus? status = job.Status;
        // It may go from one place to another while we look.
        for (int n = 0; n < 3 && new CronRun(job.Id, status).IsWaiting; n++)
        {
            Cancel.Answer answer = await Cancel.ExecuteAsync(rq, job.Id, schedule.QueueName, false, false, null, only: status).ConfigureAwait(false);
            status = answer.Status;
        }

        // A message that nobody hears is sent again with the schedule's next time, if the job still runs then.
        if (status == JobStatus.Started)
            await (await Job.FetchAsync(job.Id, rq).ConfigureAwait(false)).StopAsync().ConfigureAwait(false);
    }

    private static async Task<Exception?> TryAsync(Func<Task> what)
    {
        try
        {
            await what().ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (exception is JobNotFoundException or InvalidJobOperationException)
        {
            // It has ended, or is gone.
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private NewJob Create(StoredCron schedule, CronStep step, string id, IReadOnlyList<CronRun> waitsFor)
    {
        JobHash template = schedule.TemplateHash;
        if (template.Data.IsNull)
            throw new Serialization.UnreadableDataException($"The cron schedule '{schedule.Name}' cannot be read: it does not say what to call.");
        JobOptions options = StoredOptions.Enqueueing(template, schedule.AtFront);
        if (waitsFor.Count > 0)
        {
            JobReference[] parents = [.. waitsFor.Select(job => new JobReference(job.Id))];
            options = options with { DependsOn = new Dependency(parents) { AllowFailure = true, IfUnmet = UnmetDependency.Run, AtFront = schedule.AtFront } };
        }

        var queue = new Queue(schedule.QueueName, rq);
        return step.Slot is { } slot
            ? NewJob.FromTemplate(queue, id, schedule.Name, schedule.Template, options, (JobFields.CronName, schedule.Name), (JobFields.CronDue, RqTime.Timestamp(slot)))
            : NewJob.FromTemplate(queue, id, schedule.Name, schedule.Template, options, (JobFields.CronName, schedule.Name));
    }
}
