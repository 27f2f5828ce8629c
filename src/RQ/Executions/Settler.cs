using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>An execution and how it ended.</summary>
internal sealed record EndedExecution(Execution Execution, Outcome Outcome);

/// <summary>Writes outcomes to Redis, those of one moment together, and releases what waited for them.</summary>
internal sealed class Settler(WorkerSetup setup)
{
    private RqConnection Rq => setup.Connection;

    /// <summary>
    /// Settles all of them. The calls are sent before this method returns its task, so what the caller sends next comes
    /// behind them on the shared connection. After an exception all of them may be settled again: nothing is done twice.
    /// </summary>
    public async Task SettleAsync(IReadOnlyList<EndedExecution> ended, string? oldestRunning)
    {
        var finished = new List<(Execution, Outcome.Finished)>();
        var unfinished = new List<(Execution, Outcome)>();
        var givenBack = new List<Execution>();
        foreach ((Execution execution, Outcome outcome) in ended)
        {
            switch (outcome)
            {
                case Outcome.Finished done: finished.Add((execution, done)); break;
                case Outcome.GivenBack: givenBack.Add(execution); break;
                default: unfinished.Add((execution, outcome)); break;
            }
        }

        Task<Verdict[]>? finishes = finished.Count == 0 ? null : Finish.ExecuteAsync(Rq, setup.Name, oldestRunning, finished, setup.Options.ResultTtl);
        Task<Verdict[]>? failures = unfinished.Count == 0 ? null : Fail.ExecuteAsync(Rq, setup.Name, oldestRunning, unfinished);
        Task<Verdict[]>? returns = givenBack.Count == 0 ? null : GiveBack.ExecuteAsync(Rq, setup.Name, givenBack);

        if (finishes is not null)
            await ReleaseAsync(await finishes.ConfigureAwait(false), finished.ConvertAll(each => new EndedExecution(each.Item1, each.Item2))).ConfigureAwait(false);
        if (failures is not null)
            await ReleaseAsync(await failures.ConfigureAwait(false), unfinished.ConvertAll(each => new EndedExecution(each.Item1, each.Item2))).ConfigureAwait(false);
        if (returns is not null)
            await returns.ConfigureAwait(false);
    }

    private async Task ReleaseAsync(Verdict[] verdicts, List<EndedExecution> ended)
    {
        for (int i = 0; i < verdicts.Length; i++)
        {
            Tell(ended[i], verdicts[i]);
            if (verdicts[i] == Verdict.Releasing)
                await Release.ExecuteAsync(Rq, ended[i].Execution.JobId, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void Tell(EndedExecution ended, Verdict verdict)
    {
        Execution execution = ended.Execution;
        if (verdict is Verdict.Lost or Verdict.Gone)
        {
            Log.OutcomeDropped(setup.Log, setup.Name, execution.JobId, execution.Id);
            return;
        }

        switch (ended.Outcome)
        {
            case Outcome.Finished:
                Log.JobOk(setup.Log, execution.Queue, execution.JobId);
                TellResultLife(execution.Job.ResultTtl ?? RqTime.Seconds(setup.Options.ResultTtl));
                break;
            case Outcome.Retried { After.Ticks: 0 } retried:
                Log.JobRetried(setup.Log, execution.JobId, retried.RetriesLeft);
                break;
            case Outcome.Retried retried:
                Log.JobRetryScheduled(setup.Log, execution.JobId, RqTime.Timestamp(execution.EndedAt + retried.After), retried.RetriesLeft);
                break;
        }
    }

    private void TellResultLife(long seconds)
    {
        if (seconds == 0)
            Log.ResultDiscarded(setup.Log);
        else if (seconds > 0)
            Log.ResultKept(setup.Log, seconds);
        else
            Log.ResultKeptForever(setup.Log);
    }
}
