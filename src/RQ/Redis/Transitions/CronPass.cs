using System.Text;
using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The right to run the cron schedules, and what is due.</summary>
/// <param name="IsHeld">Whether the scheduler has the right.</param>
/// <param name="Now">The server's time.</param>
/// <param name="RunsOut">When the right of another one runs out at the latest, from now, more than zero; zero when none has it.</param>
/// <param name="Coming">When the first schedule is due that is not due now; <c>null</c> for never.</param>
/// <param name="Changes">Another text after each change by hand.</param>
/// <param name="Count">How many schedules there are.</param>
/// <param name="Due">Those that are due, the longest due first; not all when there are many.</param>
/// <param name="Gone">What was listed as due, is no schedule, and was taken off the list.</param>
internal sealed record CronPass(
    bool IsHeld, DateTimeOffset Now, TimeSpan RunsOut, DateTimeOffset? Coming, string Changes, int Count, IReadOnlyList<StoredCron> Due, IReadOnlyList<string> Gone)
{
    /// <summary>Whether more may be due now.</summary>
    public bool HasMore => Due.Count + Gone.Count > 0;

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
        var due = new List<StoredCron>();
        List<string> gone = [.. (string[])answer[7]!];
        foreach (RedisResult one in (RedisResult[])answer[6]!)
        {
            var name = (RedisValue)one[0];
            if (IsText(name))
            {
                due.Add(StoredCron.Read(name!, one[1]));
                continue;
            }

            // No schedule has such a name, and no script that is given it as text would find the entry.
            await rq.Primary.SortedSetRemoveAsync(keys.CronDue, name).ConfigureAwait(false);
            gone.Add(name!);
        }

        return new CronPass(
            (int)answer[0] == 1, CronRead.Time(answer[1]), TimeSpan.FromMilliseconds((long)answer[2]), RqTime.ParseUnix((string?)answer[3]),
            (string?)answer[4] ?? "", (int)answer[5], due, gone);
    }

    private static bool IsText(RedisValue name) => Encoding.UTF8.GetBytes((string)name!).AsSpan().SequenceEqual((byte[])name!);

    /// <summary>Gives the right up, if the scheduler has it.</summary>
    public static async Task ReleaseAsync(RqConnection rq, string scheduler)
    {
        ScriptCall call = rq.Call(s_release);
        call.Keys.Add(rq.Keys.CronLock);
        call.Arguments.AddRange([rq.Keys.Prefix, scheduler]);
        await rq.SendAsync(call).ConfigureAwait(false);
    }
}
