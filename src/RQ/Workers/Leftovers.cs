using RQ.Diagnostics;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>
/// Repairs what has no lease: started jobs of Python's workers, and of callers that ran their jobs themselves, whose entry in
/// <c>rq:wip</c> is overdue; and ids that a Python worker took off its queue and never started. For each queue one worker of all
/// does it in each period.
/// </summary>
internal sealed class Leftovers(WorkerSetup setup, Abandonment abandonment, MaintenanceSteps steps)
{
    private const string Piece = "leftovers:";

    /// <summary>RQ fails a job that it has seen between queue and worker for a minute; before that it goes back to the queue.</summary>
    private static readonly TimeSpan s_intermediatePatience = TimeSpan.FromSeconds(30);

    /// <summary>A little longer than a period and than Python's workers take from beat to beat, 30 s both.</summary>
    private readonly TimeSpan _overduePatience = setup.Options.LeftoversInterval * 7 / 6;

    private long _judgeFrom = long.MaxValue;
    private long _seenCalm;

    private RqConnection Rq => setup.Connection;

    /// <summary>Whether a late sign of life may be taken for a death: not when the server or this worker may just have stalled.</summary>
    private bool MayJudge =>
        setup.Time.GetTimestamp() >= Volatile.Read(ref _judgeFrom) && setup.Time.GetElapsedTime(Volatile.Read(ref _seenCalm)) <= 2 * WorkerRecord.RenewEvery;

    /// <summary>Said by the heartbeat every two seconds: from what timestamp on this worker may judge.</summary>
    public void Observe(long judgeFrom)
    {
        Volatile.Write(ref _judgeFrom, judgeFrom);
        Volatile.Write(ref _seenCalm, setup.Time.GetTimestamp());
    }

    public async Task PassAsync()
    {
        // Nobody stands for election who could not do the work: workers that come and go would else keep it from the others.
        while (!MayJudge)
            await Task.Delay(WorkerRecord.RenewEvery / 2, setup.Time, steps.Stop).ConfigureAwait(false);
        IReadOnlyList<string> mine = await Elect.ExecuteAsync(
            Rq, [.. setup.Queues.Select(queue => Piece + queue)], setup.Options.LeftoversInterval).ConfigureAwait(false);
        foreach (string piece in mine)
            await steps.AttemptAsync(() => CleanAsync(piece[Piece.Length..])).ConfigureAwait(false);
    }

    /// <summary>One queue.</summary>
    public async Task CleanAsync(string queue)
    {
        var progress = new CleaningProgress(setup, "overdue executions", queue);
        int skip = 0;
        Overdue.Page page;
        do
        {
            steps.Stop.ThrowIfCancellationRequested();
            long before = setup.Time.GetTimestamp();
            page = await Overdue.FindAsync(Rq, queue, skip, _overduePatience).ConfigureAwait(false);
            progress.Add(page.Removed);
            // A server that was slow to answer may have stalled: then all entries look overdue.
            bool mayJudge = MayJudge && setup.Time.GetElapsedTime(before) < WorkerRecord.RenewEvery;
            int recovered = 0;
            foreach (Overdue.Found found in mayJudge ? page.Dead : [])
            {
                await steps.AttemptAsync(async () =>
                {
                    if (await RecoverAsync(found, queue).ConfigureAwait(false))
                        recovered++;
                }).ConfigureAwait(false);
            }

            skip += page.Looked - page.Removed - recovered;
        }
        while (page.Looked == Overdue.Bite);
        progress.End();

        foreach (string id in await Overdue.ReturnIntermediateAsync(Rq, queue, MayJudge ? s_intermediatePatience : null, steps.Stop).ConfigureAwait(false))
            Log.ReturnedIntermediate(setup.Log, setup.Name, id, queue);
    }

    /// <summary>Whether its entry is gone.</summary>
    private async Task<bool> RecoverAsync(Overdue.Found found, string queue)
    {
        if (!found.IsUnstarted)
            return await abandonment.AbandonAsync(found, queue).ConfigureAwait(false) != Verdict.Alive;
        (bool isGone, bool isBack) = await Overdue.ReturnUnstartedAsync(Rq, queue, found).ConfigureAwait(false);
        if (isBack)
            Log.ReturnedIntermediate(setup.Log, setup.Name, found.JobId, queue);
        return isGone;
    }
}
