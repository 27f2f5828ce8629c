using RQ.Chaos.Ledger;

namespace RQ.Chaos.Roles;

/// <summary>The jobs: they write down that they began and how they ended, and do nothing else. Python's workers know them too (chaos_jobs.py).</summary>
public static class ChaosJobs
{
    public const string Work = "chaos_jobs.work";

    /// <summary>Never fails on purpose.</summary>
    public const int NeverFails = 1000;

    private static LedgerFile? s_ledger;

    internal static void WriteTo(LedgerFile ledger) => s_ledger = ledger;

    /// <summary>Takes its time, and fails while more retries are left than are said: so how often it fails does not depend on what is remembered.</summary>
    [Job(Work)]
    public static async Task<string> WorkAsync(string token, int milliseconds, int failsAbove, JobContext context)
    {
        LedgerFile ledger = s_ledger ?? throw new InvalidOperationException("There is no ledger.");
        ledger.Started(token, context.Job.Id, context.ExecutionId);
        try
        {
            // Some block their thread, as much code does.
            if (milliseconds % 2 == 1)
                context.CancellationToken.WaitHandle.WaitOne(milliseconds);
            else
                await Task.Delay(milliseconds, context.CancellationToken);
            context.CancellationToken.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            ledger.Ended(token, context.ExecutionId, "cancel");
            throw;
        }

        bool fails = (context.Job.RetriesLeft ?? 0) > failsAbove;
        ledger.Ended(token, context.ExecutionId, fails ? "fail" : "ok");
        return fails ? throw new InvalidOperationException("on purpose") : token;
    }
}
