using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;

namespace RQ.Model.Plays;

/// <content>Schedulers and maintenance, and everything coming to rest.</content>
internal sealed partial class Play
{
    private static readonly TimeSpan s_overduePatience = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan s_intermediatePatience = TimeSpan.FromSeconds(30);
    private int _found;

    private Task ScheduleAsync(Command command, string queue)
    {
        string name = $"s{command["scheduler"]}";
        return BeginAsync(command, null, command.Verb switch
        {
            "hold" => () => ScheduleLocks.HoldAsync(_rq, name, s_queues, ["name", name]),
            "letgo" => () => ScheduleLocks.LetGoAsync(_rq, name, s_queues),
            _ => async () =>
            {
                // The third one is a person.
                Promote.Answer answer = await Promote.ExecuteAsync(_rq, queue, command["scheduler"] == 2 ? null : name);
                await Promote.FollowUpAsync(_rq, answer);
            },
        });
    }

    private Task MaintainAsync(Command command, string queue) => BeginAsync(command, null, command.Verb switch
    {
        "release" => ReleaseAsync,
        "clean" => () => CleanAsync(queue),
        "cleansite" => CleanSiteAsync,
        "overdue" => () => RecoverOverdueAsync(queue),
        "compact" => () => Empty.CompactAsync(_rq, queue, CancellationToken.None),
        _ => () => Elect.ExecuteAsync(_rq, ["site", "leftovers:q0"], TimeSpan.FromMinutes(command["pieces"] == 1 ? 2 : 24 * 60)),
    });

    private async Task ReleaseAsync()
    {
        foreach (string entry in (await Release.PendingAsync(_rq)).Order(StringComparer.Ordinal))
            await Release.CompleteAsync(_rq, entry, CancellationToken.None);
    }

    private async Task CleanAsync(string queue)
    {
        await Prune.ExecuteAsync(_rq, queue, CancellationToken.None);
        await Prune.WorkersAsync(_rq, _rq.Keys.WorkersOf(queue), CancellationToken.None);
        await Sweep.ExpireDeferredAsync(_rq, queue, CancellationToken.None);
        await Sweep.RegistryAsync(_rq, _rq.Keys.Canceled(queue), [JobStatus.Canceled], CancellationToken.None);
        await Sweep.RegistryAsync(_rq, _rq.Keys.Scheduled(queue), [JobStatus.Scheduled], CancellationToken.None);
        await Sweep.RegistryAsync(_rq, _rq.Keys.Started(queue), [JobStatus.Started], CancellationToken.None);
    }

    private async Task CleanSiteAsync()
    {
        await Prune.WorkersAsync(_rq, _rq.Keys.Workers, CancellationToken.None);
        foreach (string limit in (await Admit.LimitsAsync(_rq)).Order(StringComparer.Ordinal))
            await Admit.ExecuteAsync(_rq, limit, dropStale: true);
        foreach (Group group in await Group.AllAsync(_rq))
            await group.CleanUpAsync();
    }

    /// <summary>A worker whose lease has run out: what it ran goes where its policy says, and it is buried.</summary>
    private async Task RecoverAsync(string worker)
    {
        if (await WorkerRecord.InspectAsync(_rq, worker) is not { } remains)
            return;
        foreach (string member in remains.Executions.Order(StringComparer.Ordinal))
        {
            int colon = member.LastIndexOf(':');
            JobHash job = await ReadJobs.ExecuteAsync(_rq, member[..colon]);
            if (await AbandonAsync(job, member[(colon + 1)..], job.Origin, worker, null) == Verdict.Alive)
                return;
        }

        await WorkerRecord.UnregisterAsync(_rq, worker, remains.Queues, incarnation: null);
    }

    private async Task<Verdict> AbandonAsync(JobHash job, string execution, string queue, string worker, Overdue.Found? found)
    {
        var abandoned = new Execution(execution, queue, worker, job, job.Time(JobFields.StartedAt) ?? _time.UtcNow) { EndedAt = _time.UtcNow };
        Verdict verdict = await Abandon.ExecuteAsync(_rq, abandoned, RetryPolicy.AfterWorkerDeath(job, new Failure("Its worker died.")), found);
        if (verdict == Verdict.Releasing)
            await Release.FollowUpAsync(_rq, job.Id, CancellationToken.None);
        return verdict;
    }

    /// <summary>What has no lease: Python's workers, and callers.</summary>
    private async Task RecoverOverdueAsync(string queue)
    {
        Overdue.Page page = await Overdue.FindAsync(_rq, queue, 0, s_overduePatience);
        foreach (Overdue.Found found in page.Dead)
        {
            if (found.IsUnstarted)
            {
                await Overdue.ReturnUnstartedAsync(_rq, queue, found);
                continue;
            }

            JobHash job = await ReadJobs.ExecuteAsync(_rq, found.JobId);
            await AbandonAsync(job, found.ExecutionId.Length > 0 ? found.ExecutionId : $"o{++_found:d4}", queue, found.Worker, found);
        }

        await Overdue.ReturnIntermediateAsync(_rq, queue, s_intermediatePatience, CancellationToken.None);
    }

    /// <summary>
    /// All clients finish what they have begun, all workers die, time passes, maintenance runs and a new worker takes and finishes whatever
    /// there is. Then nothing may be left that waits for something that will not come.
    /// </summary>
    private async Task ComeToRestAsync()
    {
        _at = "coming to rest";
        while (_parked.Count > 0)
            await CompleteAsync(_parked[0]);
        await ControlAsync("unsuspend", "");
        foreach (string queue in s_queues)
            await ControlAsync("unpause", queue);
        foreach (SimulatedWorker worker in _workers)
            worker.Die();
        _callers.Die();
        _python.Clear();
        foreach (string id in _names.All.ToArray())
            await RunAsync("end repeats", () => EndRepeats.ExecuteAsync(_rq, id));
        // A cleaner sees an entry keep its score from one look to another; then the same with the id between queue and worker.
        for (int look = 0; look < 4; look++)
        {
            await TickAsync(look == 0 ? 100 : 60);
            foreach (string queue in s_queues)
                await RunAsync("overdue", () => RecoverOverdueAsync(queue));
        }

        foreach (SimulatedWorker worker in _workers)
            await RunAsync("recover", () => RecoverAsync(worker.Name));
        await TickAsync(500);
        SimulatedWorker last = _workers[0];
        await RegisterAsync(new Command("register", []), last);
        for (int round = 0; round < 40; round++)
        {
            foreach (string queue in s_queues)
            {
                await RunAsync("promote", () => Promote.AllAsync(_rq, queue, CancellationToken.None));
                if (round % 4 == 0)
                    await RunAsync("clean", () => CleanAsync(queue));
            }

            await RunAsync("release", ReleaseAsync);
            await RunAsync("clean site", CleanSiteAsync);
            await DoAsync(new Command("take", [new("slots", 3)]));
            bool isIdle = last.Running.Count == 0;
            while (last.Running.Count > 0)
                await DoAsync(new Command("finish", [new("count", 2)]));
            if (isIdle && round > 4 && !s_queues.Any(queue => _model.Keys.Exists($"scheduled:{queue}") || _model.Keys.Exists($"queue:{queue}")))
                break;
            await TickAsync(30);
        }

        await DoAsync(new Command("leave", []));
        if (_invariants.AtRest(_last) is { Count: > 0 } violations)
            throw new Divergence("at rest", violations);
    }
}
