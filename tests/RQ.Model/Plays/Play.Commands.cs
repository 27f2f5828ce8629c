namespace RQ.Model.Plays;

/// <content>What each command means.</content>
internal sealed partial class Play
{
    private static readonly double[] s_ticks = [10, 20, 30, 60, 100, 500];

    private async Task DoAsync(Command command)
    {
        SimulatedWorker worker = _workers[command["worker"] % _workers.Length];
        string queue = s_queues[command["queue"] % s_queues.Length];
        switch (command.Verb)
        {
            case "plain" or "enqueue" or "together":
                await EnqueueAsync(command, queue);
                break;
            case "cancel" or "delete" or "requeue" or "reschedule" or "endrepeats" or "forgetresults":
                await ByHandAsync(command);
                break;
            case "empty":
                await BeginAsync(command, null, async () =>
                {
                    await Redis.Transitions.Empty.ExecuteAsync(_rq, queue, command["cancel"] == 1, CancellationToken.None);
                    await Redis.Transitions.Empty.ForgetAsync(_rq, queue);
                });
                break;
            case "suspend" or "unsuspend" or "pause" or "unpause":
                await ControlAsync(command.Verb, queue);
                break;
            case "register" or "take" or "resume" or "finish" or "fail" or "giveback" or "beat" or "note" or "leave":
                await WorkAsync(command, worker);
                break;
            case "claim":
                await ClaimAsync(worker, queue);
                break;
            case "kill":
                worker.Die();
                break;
            case "stall":
                worker.IsStalled = true;
                break;
            case "pytake" or "pybeat" or "pyfinish":
                await PythonAsync(command, queue);
                break;
            case "recover":
                await BeginAsync(command, null, () => RecoverAsync(worker.Name));
                break;
            case "hold" or "promote" or "letgo":
                await ScheduleAsync(command, queue);
                break;
            case "release" or "clean" or "cleansite" or "overdue" or "compact" or "elect":
                await MaintainAsync(command, queue);
                break;
            case "tick":
                await TickAsync(s_ticks[command["time"] % s_ticks.Length]);
                break;
            case "continue":
                if (_parked.Count > 0)
                    await ContinueAsync(_parked[command["pick"] % _parked.Count], command.IsTwice);
                break;
            case "lose":
                Lose(command["pick"]);
                break;
            default:
                throw new ArgumentException($"There is no command '{command.Verb}'.");
        }
    }

    /// <summary>A client dies between two calls. What a living worker has to say it goes on saying.</summary>
    private void Lose(int pick)
    {
        Operation[] mortal = [.. _parked.Where(operation => operation.Worker is null || !_workers.Any(worker => worker.Name == operation.Worker && worker.IsAlive))];
        if (mortal.Length > 0)
            _parked.Remove(mortal[pick % mortal.Length]);
    }
}
