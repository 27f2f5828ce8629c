using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Model.Plays;

/// <content>Workers, and callers that run their own jobs: they do with the library's own transitions what a worker's loop does.</content>
internal sealed partial class Play
{
    private static readonly TimeSpan s_resultTtl = TimeSpan.FromSeconds(500);

    private readonly SimulatedWorker[] _workers = [new("w0", ["q0", "q1", "q2"]), new("w1", ["q0", "q1"]), new("w2", ["q2", "q1"])];
    private int _incarnations;
    private int _executions;

    private async Task WorkAsync(Command command, SimulatedWorker worker)
    {
        switch (command.Verb)
        {
            case "register":
                await RegisterAsync(command, worker);
                break;
            case "take":
                // A worker registers before it takes.
                if (!worker.IsAlive)
                    await RegisterAsync(new Command("register", []), worker);
                string[] ids = [.. Enumerable.Range(0, 1 + command["slots"]).Select(_ => $"e{++_executions:d4}")];
                await TakeAsync(command, worker, Take.Call(_rq, worker.Name, worker.Incarnation, TakeOrder.Strict(worker.Queues), 4, ids));
                break;
            case "resume":
                await TakeAsync(command, worker, Take.ResumeCall(_rq, worker.Name, worker.Incarnation, worker.Queues));
                break;
            case "leave":
                await LeaveAsync(command, worker);
                break;
            default:
                await SettleAsync(command, command["worker"] == _workers.Length ? _callers : worker);
                break;
        }
    }

    private async Task RegisterAsync(Command command, SimulatedWorker worker)
    {
        if (!worker.IsAlive)
            worker.Begin(++_incarnations);
        string incarnation = worker.Incarnation;
        worker.IsStalled = false;
        await BeginAsync(command, worker.Name, async () =>
        {
            WorkerRecord.Birth birth = await WorkerRecord.RegisterAsync(_rq, worker.Name, incarnation, worker.Queues, ["birth", RqTime.Timestamp(_time.UtcNow)]);
            if (worker.Incarnation == incarnation)
                worker.IsAlive = birth == WorkerRecord.Birth.Ok;
        });
    }

    private async Task TakeAsync(Command command, SimulatedWorker worker, ScriptCall call)
    {
        string incarnation = worker.Incarnation;
        await BeginAsync(command, worker.Name, async () =>
        {
            Take.Answer answer = Take.Read(_rq, worker.Name, worker.Queues, await _rq.ExecuteAsync(call));
            // Who has died meanwhile learns nothing.
            if (!worker.IsAlive || worker.Incarnation != incarnation)
                return;
            worker.Running.AddRange(answer.Executions.Where(execution =>
                !worker.Settling.Contains(execution.Id) && !worker.Running.Exists(known => known.Id == execution.Id)));
        });
    }

    private async Task SettleAsync(Command command, SimulatedWorker worker)
    {
        Execution[] picked = command.Verb is "beat" ? [.. worker.Running] : worker.Pick(command["pick"], 1 + command["count"]);
        if (picked.Length == 0 && command.Verb != "beat")
            return;
        foreach (Execution execution in picked)
            execution.EndedAt = _time.UtcNow;
        string? oldest = worker.Running.FirstOrDefault()?.JobId;
        await BeginAsync(command, worker == _callers ? null : worker.Name, async () =>
        {
            switch (command.Verb)
            {
                case "beat":
                    foreach (Execution execution in picked)
                        execution.MarkHeartbeat();
                    await _rq.ExecuteAsync(Extend.Call(_rq, worker.Name, picked));
                    return;
                case "note":
                    worker.Running.AddRange(picked);
                    await Note.ExecuteAsync(_rq, picked[0], new JobProgress(0.5, null, _time.UtcNow), command["pick"], [new JobLogLine(_time.UtcNow, "half", picked[0].Id)]);
                    break;
                case "giveback":
                    await GiveBackAsync(worker, picked, command);
                    break;
                default:
                    await EndAsync(worker, picked, command, oldest);
                    break;
            }

            foreach (Execution execution in picked)
                worker.Settling.Remove(execution.Id);
        });
    }

    private async Task EndAsync(SimulatedWorker worker, Execution[] picked, Command command, string? oldest)
    {
        EndedExecution[] ended = [.. picked.Select(execution => new EndedExecution(execution, OutcomeOf(execution, command)))];
        Verdict[] verdicts = command.Verb == "finish"
            ? await Finish.ExecuteAsync(_rq, _rq, worker.Name, oldest, ended, s_resultTtl)
            : await Fail.ExecuteAsync(_rq, _rq, worker.Name, oldest, ended);
        for (int i = 0; i < verdicts.Length; i++)
        {
            if (verdicts[i] == Verdict.Releasing)
                await Release.FollowUpAsync(_rq, picked[i].JobId, CancellationToken.None);
        }
    }

    private static Outcome OutcomeOf(Execution execution, Command command) => command.Verb == "finish"
        ? new Outcome.Finished(command["empty"] == 1 ? [] : [1, 2, 3])
        : command["how"] switch
        {
            1 => new Outcome.Stopped(new Failure(Failure.StoppedText)),
            2 => RetryPolicy.AfterReturnedRetry(execution.Job, new Retry(2, TimeSpan.FromSeconds(20))),
            3 => RetryPolicy.AfterReturnedRetry(execution.Job, new Retry(1, TimeSpan.Zero) { AtFront = true }),
            4 => new Outcome.Failed(new Failure("It did not work."), IsListed: false),
            _ => RetryPolicy.AfterFailure(execution.Job, new Failure("It did not work.")),
        };

    private Task<Verdict[]> GiveBackAsync(SimulatedWorker worker, Execution[] picked, Command command)
    {
        foreach (Execution execution in picked)
            execution.HasBegun = command["begun"] == 1;
        var outcome = new Outcome.GivenBack(command["unknown"] == 1 ? _time.UtcNow.AddSeconds(-20) : null);
        return GiveBack.ExecuteAsync(_rq, _rq, worker.Name, [.. picked.Select(execution => new EndedExecution(execution, outcome))]);
    }

    /// <summary>Gives back what it runs, and says good-bye.</summary>
    private async Task LeaveAsync(Command command, SimulatedWorker worker)
    {
        if (!worker.IsAlive || worker.Settling.Count > 0)
            return;
        Execution[] all = worker.Pick(0, worker.Running.Count);
        string incarnation = worker.Incarnation;
        await BeginAsync(command, worker.Name, async () =>
        {
            if (all.Length > 0)
                await GiveBackAsync(worker, all, command);
            if (worker.Incarnation != incarnation)
                return;
            await WorkerRecord.UnregisterAsync(_rq, worker.Name, worker.Queues, incarnation);
            worker.Die();
        });
    }

    /// <summary>Every two seconds; a worker that finds that it has lost its lease or its record registers anew.</summary>
    private async Task RenewAsync(SimulatedWorker worker)
    {
        WorkerRecord.Renewal? renewal = null;
        await RunAsync("renew", async () => renewal = WorkerRecord.ReadRenewal(await _rq.ExecuteAsync(WorkerRecord.RenewCall(_rq, worker.Name, worker.Incarnation))), worker.Name);
        if (renewal is { IsHeld: false })
            await RegisterAsync(new Command("register", []), worker);
    }

    /// <summary>An idle worker's blocking pop: one command of Redis, no script. (One that has lost its lease gives back what it claims with the take that is sent right behind.)</summary>
    private async Task ClaimAsync(SimulatedWorker worker, string queue)
    {
        if (!worker.IsAlive || !(_model.Keys.Score("leases", worker.Name) > _model.Keys.WholeMilliseconds) || !worker.Queues.Contains(queue) || _model.Keys.Pop($"queue:{queue}") is not { } id)
            return;
        string claims = $"worker:{worker.Name}:claims:{queue}";
        _model.Keys.Push(claims, id, toHead: false);
        _invariants.MayBeListedTwice.Add(id);
        await _rq.Database.ListMoveAsync(_rq.Keys.Queue(queue), _rq.Keys.Claims(worker.Name, queue), ListSide.Left, ListSide.Right);
    }
}
