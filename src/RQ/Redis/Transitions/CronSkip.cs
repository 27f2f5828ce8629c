using RQ.Scheduling;

namespace RQ.Redis.Transitions;

/// <summary>Moves a cron schedule on without a job.</summary>
internal static class CronSkip
{
    private static readonly Script s_skip = Script.Load("cron_skip");
    private static readonly Script s_postpone = Script.Load("cron_postpone");

    /// <summary>Leaves out times.</summary>
    /// <returns>Whether that was done; not when the schedule has changed meanwhile.</returns>
    public static async Task<bool> ExecuteAsync(RqConnection rq, CronTurn turn)
    {
        ScriptCall call = rq.Call(s_skip);
        call.Keys.AddRange([rq.Keys.CronSchedule(turn.Name), rq.Keys.CronDue]);
        call.Arguments.AddRange([turn.Name, turn.Version, turn.Step.PassedText, turn.Step.Skipped, turn.Step.NextText, turn.NextDueText]);
        return (int)await rq.SendAsync(call).ConfigureAwait(false) == 1;
    }

    /// <summary>Has one that could not be run looked at again later.</summary>
    public static Task PostponeAsync(RqConnection rq, string name, TimeSpan by)
    {
        ScriptCall call = rq.Call(s_postpone);
        call.Keys.AddRange([rq.Keys.CronSchedule(name), rq.Keys.CronDue]);
        call.Arguments.AddRange([name, by.TotalSeconds]);
        return rq.SendAsync(call);
    }
}
