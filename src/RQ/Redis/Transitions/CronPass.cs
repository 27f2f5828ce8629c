using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The right to run the cron schedules, and what is due.</summary>
/// <param name="IsHeld">Whether the scheduler has the right.</param>
/// <param name="Now">The server's time.</param>
/// <param name="RunsOut">When the right of another one runs out at the latest, from now; zero when none has it.</param>
/// <param name="Coming">When the first schedule is due that is not due now; <c>null</c> for never.</param>
/// <param name="Changes">Another text after each change by hand.</param>
/// <param name="Count">How many schedules there are.</param>
/// <param name="Due">Those that are due, the longest due first; not all when there are many.</param>
internal sealed record CronPass(
    bool IsHeld, DateTimeOffset Now, TimeSpan RunsOut, DateTimeOffset? Coming, string Changes, int Count, IReadOnlyList<StoredCron> Due)
{
    private const int Bite = 100;
    private const int BiteBytes = 4 * 1024 * 1024;

    private static readonly Script s_script = Script.Load("cron_pass");
    private static readonly Script s_release = Script.Load("cron_release");

    /// <summary>Takes or renews the right.</summary>
    public static async Task<CronPass> ExecuteAsync(RqConnection rq, string scheduler, TimeSpan lockTime)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.CronLock, keys.CronDue, keys.CronSchedules, keys.CronChanges]);
        call.Arguments.AddRange([keys.Prefix, scheduler, (long)lockTime.TotalMilliseconds, Bite, BiteBytes]);
        RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return new CronPass(
            (int)answer[0] == 1, CronRead.Time(answer[1]), TimeSpan.FromMilliseconds(Math.Max((long)answer[2], 0)), RqTime.ParseUnix((string?)answer[3]),
            (string?)answer[4] ?? "", (int)answer[5], [.. ((RedisResult[])answer[6]!).Select(one => StoredCron.Read((string)one[0]!, one[1]))]);
    }

    /// <summary>Gives the right up, if the scheduler has it.</summary>
    public static async Task ReleaseAsync(RqConnection rq, string scheduler)
    {
        ScriptCall call = rq.Call(s_release);
        call.Keys.Add(rq.Keys.CronLock);
        call.Arguments.AddRange([rq.Keys.Prefix, scheduler]);
        await rq.SendAsync(call).ConfigureAwait(false);
    }
}
