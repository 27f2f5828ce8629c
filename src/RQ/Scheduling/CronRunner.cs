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
    internal readonly record struct Run(CronVerdict? Verdict, Job? Job);

    /// <param name="schedule">The schedule, as it was just read.</param>
    /// <param name="step">Which time is run; <see cref="CronStep.ByHand"/> for none.</param>
    /// <param name="nextDue">When the next one is due.</param>
    /// <param name="id">The id of the job.</param>
    /// <exception cref="RqException">The schedule cannot be read.</exception>
    public async Task<Run> RunAsync(StoredCron schedule, CronStep step, DateTimeOffset? nextDue, string id)
    {
        OverlapPlan plan = OverlapPlan.Of(schedule.Overlap, schedule.Newest);
        if (!plan.Runs)
            return new Run(null, null);
        // If we die in between, the old one is canceled and the turn is still to be taken.
        List<CronRun> waitsFor = [.. plan.WaitsFor, .. await CancelAsync(schedule, plan.Cancels).ConfigureAwait(false)];
        NewJob job = Create(schedule, step, id, waitsFor);
        job = job with { Item = job.Item with { Turn = new CronTurn(schedule.Name, schedule.Version, step, nextDue) } };
        CronFired fired = await Enqueue.FireAsync(rq, job.Item).ConfigureAwait(false);
        if (fired.Verdict != CronVerdict.Enqueued)
            return new Run(fired.Verdict, null);
        if (plan.Stops)
        {
            foreach (CronRun running in waitsFor)
                await StopAsync(running.Id).ConfigureAwait(false);
        }

        return new Run(fired.Verdict, new Job(rq, job.ToHash(fired.Status)));
    }

    /// <returns>Those that run by now: they are waited for.</returns>
    private async Task<IReadOnlyList<CronRun>> CancelAsync(StoredCron schedule, IReadOnlyList<CronRun> waiting)
    {
        var running = new List<CronRun>();
        foreach (CronRun job in waiting)
        {
            JobStatus? status = job.Status;
            // It may go from one place to another while we look.
            for (int n = 0; n < 3 && new CronRun(job.Id, status).IsWaiting; n++)
            {
                Cancel.Answer answer = await Cancel.ExecuteAsync(rq, job.Id, schedule.QueueName, false, false, null, only: status).ConfigureAwait(false);
                status = answer.Status;
            }

            if (status == JobStatus.Started)
                running.Add(new CronRun(job.Id, status));
        }

        return running;
    }

    private NewJob Create(StoredCron schedule, CronStep step, string id, List<CronRun> waitsFor)
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
            ? NewJob.FromTemplate(queue, id, schedule.Template, options, (JobFields.CronName, schedule.Name), (JobFields.CronDue, RqTime.Timestamp(slot)))
            : NewJob.FromTemplate(queue, id, schedule.Template, options, (JobFields.CronName, schedule.Name));
    }

    // A message that nobody hears is sent again with the schedule's next time, if the job still runs then.
    private async Task StopAsync(string id)
    {
        try
        {
            await (await Job.FetchAsync(id, rq).ConfigureAwait(false)).StopAsync().ConfigureAwait(false);
        }
        catch (RqException)
        {
            // It has ended, or is gone.
        }
    }
}
