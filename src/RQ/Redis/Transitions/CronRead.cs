using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Cron schedules as they stood at one time of the server.</summary>
/// <param name="Now">The server's time.</param>
/// <param name="Schedules">One for each name, in order; see <see cref="StoredCron.Exists"/>.</param>
internal sealed record CronRead(DateTimeOffset Now, IReadOnlyList<StoredCron> Schedules)
{
    private const int Bite = 100;

    private static readonly Script s_script = Script.Load("cron_read");

    /// <summary>Reads them, some with each call; the time is that of the last one.</summary>
    public static async Task<CronRead> ExecuteAsync(RqConnection rq, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var read = new List<StoredCron>(names.Count);
        DateTimeOffset now = default;
        for (int n = 0; n == 0 || n < names.Count; n += Bite)
        {
            string[] bite = [.. names.Skip(n).Take(Bite)];
            ScriptCall call = rq.Call(s_script);
            call.Arguments.Add(rq.Keys.Prefix);
            call.Arguments.AddRange(bite.Select(name => (RedisValue)name));
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).WaitAsync(cancellationToken).ConfigureAwait(false))!;
            now = Time(answer[0]);
            read.AddRange(bite.Select((name, i) => StoredCron.Read(name, answer[i + 1])));
        }

        return new CronRead(now, read);
    }

    /// <summary>Reads the time that scripts answer with, in µs.</summary>
    public static DateTimeOffset Time(RedisResult micros) => DateTimeOffset.UnixEpoch.AddTicks((long)micros * 10);
}
