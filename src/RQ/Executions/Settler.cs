using Microsoft.Extensions.Logging;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Workers;
using StackExchange.Redis;

namespace RQ.Executions;

/// <summary>An execution and how it ended.</summary>
internal sealed record EndedExecution(Execution Execution, Outcome Outcome);

/// <summary>Writes outcomes to Redis, those of one moment together, and begins what they have left to do.</summary>
internal sealed class Settler(WorkerSetup setup, FollowUps followUps)
{
    /// <summary>How many executions one call settles, so that it holds the server for a few milliseconds at most.</summary>
    private const int Bite = 200;

    private RqConnection Rq => setup.Connection;

    /// <summary>
    /// Settles all of them. The calls are sent before this method returns its task, so what the caller sends next comes
    /// behind them, unless one of them must be sent again. After an exception all of them may be settled again: nothing is done twice.
    /// </summary>
    /// <returns>Whether that may have put jobs on queues: dependents, retries, jobs given back. What the follow-ups release comes later.</returns>
    public async Task<bool> SettleAsync(IReadOnlyList<EndedExecution> ended, string? oldestRunning)
    {
        var finished = new List<EndedExecution>(ended.Count);
        var unfinished = new List<EndedExecution>();
        var givenBack = new List<EndedExecution>();
        foreach (EndedExecution each in ended)
            (each.Outcome is Outcome.Finished ? finished : each.Outcome is Outcome.GivenBack ? givenBack : unfinished).Add(each);
        var calls = new List<Task<bool>>();
        foreach (List<EndedExecution> bite in Bites.Cut(finished, Bite, SizeOf))
            calls.Add(SettleBiteAsync(bite, oldestRunning));
        foreach (List<EndedExecution> bite in Bites.Cut(unfinished, Bite, SizeOf))
            calls.Add(SettleBiteAsync(bite, oldestRunning));
        if (givenBack.Count > 0)
            calls.Add(GiveBackAsync(givenBack));
        bool[] queued = await Task.WhenAll(calls).ConfigureAwait(false);
        return Array.Exists(queued, each => each);
    }

    /// <summary>Settles some that all finished or all did not. If the server refuses, it may be for one of them: then one by one.</summary>
    private async Task<bool> SettleBiteAsync(List<EndedExecution> ended, string? oldestRunning)
    {
        try
        {
            return await CompleteAsync(SendAsync(ended, oldestRunning), ended).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (!ConnectionLoss.Is(exception))
        {
            if (ended.Count == 1)
                return await FailInsteadAsync(ended[0], exception, oldestRunning).ConfigureAwait(false);
            bool queued = false;
            foreach (EndedExecution each in ended)
                queued |= await SettleBiteAsync([each], oldestRunning).ConfigureAwait(false);
            return queued;
        }
    }

    private Task<Verdict[]> SendAsync(List<EndedExecution> ended, string? oldestRunning) => ended[0].Outcome is Outcome.Finished
        ? Finish.ExecuteAsync(Rq, setup.Calls, setup.Name, oldestRunning, ended, setup.Options.ResultTtl)
        : Fail.ExecuteAsync(Rq, setup.Calls, setup.Name, oldestRunning, ended);

    private async Task<bool> FailInsteadAsync(EndedExecution ended, Exception reason, string? oldestRunning)
    {
        Log.OutcomeUnstorable(setup.Log, reason, setup.Name, ended.Execution.JobId, ended.Execution.Id);
        var failed = new EndedExecution(ended.Execution, new Outcome.Failed(new Failure($"The server refused to store how the job ended: {reason.Message}")));
        return await CompleteAsync(SendAsync([failed], oldestRunning), [failed]).ConfigureAwait(false);
    }

    private async Task<bool> CompleteAsync(Task<Verdict[]> call, List<EndedExecution> ended)
    {
        Verdict[] verdicts = await call.ConfigureAwait(false);
        bool queued = false;
        for (int i = 0; i < verdicts.Length; i++)
        {
            Tell(ended[i], verdicts[i]);
            queued |= MayHaveQueued(ended[i]) || verdicts[i] == Verdict.Released;
            if (verdicts[i] is Verdict.Lost or Verdict.Gone)
                await CallbackHandOver.TakeBackAsync(setup, ended[i].Execution).ConfigureAwait(false);
            if (verdicts[i] == Verdict.Releasing)
                followUps.Begin(ended[i].Execution.JobId);
        }

        return queued;
    }

    // Retries and repeats go back to their queue; the end of a rate limited job lets another one onto its queue.
    private static bool MayHaveQueued(EndedExecution ended) =>
        ended.Outcome is Outcome.Retried or Outcome.RetriedByItself
        || (ended.Outcome is Outcome.Finished && RepeatPolicy.AfterSuccess(ended.Execution.Job) is not null)
        || ended.Execution.Job.Text(Jobs.JobFields.RateLimitKey) is not null;

    private async Task<bool> GiveBackAsync(List<EndedExecution> executions)
    {
        await GiveBack.ExecuteAsync(Rq, setup.Calls, setup.Name, executions).ConfigureAwait(false);
        // What went to a tail is for others first.
        return executions.Exists(each => each.Outcome is Outcome.GivenBack { UnknownSince: null } || (setup.Options.Burst && !each.Execution.IsLeft));
    }

    private static long SizeOf(EndedExecution ended) => ended.Outcome switch
    {
        Outcome.Finished finished => finished.Value?.Length ?? 0,
        Outcome.Failed failed => failed.Failure.Text.Length,
        _ => 0,
    };

    private void Tell(EndedExecution ended, Verdict verdict)
    {
        Execution execution = ended.Execution;
        if (verdict is Verdict.Lost or Verdict.Gone)
        {
            Log.OutcomeDropped(setup.Log, setup.Name, execution.JobId, execution.Id);
            return;
        }

        // "Already" is an outcome whose first answer was lost: it is stored, but nobody has been told.
        setup.Webhooks.Send(execution, ended.Outcome);

        switch (ended.Outcome)
        {
            case Outcome.Finished:
                Log.JobOk(setup.Log, execution.Queue, execution.JobId);
                if (setup.Options.LogResultLifespan && setup.Log.IsEnabled(LogLevel.Information))
                    TellResultLife(execution.Job.ResultTtl ?? RqTime.Seconds(setup.Options.ResultTtl));
                break;
            case Outcome.Stopped:
                Log.JobStopped(setup.Log, execution.Queue, execution.JobId);
                break;
            case Outcome.RetriedByItself retried:
                Log.JobRetriedByItself(setup.Log, execution.JobId, retried.NumberOfRetries);
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
