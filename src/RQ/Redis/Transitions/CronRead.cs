using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Cron schedules as they stood at one time of the server.</summary>
/// <param name="Now">The server's time.</param>
/// <param name="Schedules">One for each name, in order; see <see cref="StoredCron.Exists"/>.</param>
internal sealed record CronRead(DateTimeOffset Now, IReadOnlyList<StoredCron> Schedules)
{
    private const int Bite = 100;
    private const int BiteBytes = 1024 * 1024;

    /// <summary>How many calls are under way at once, so that a slow line does not take longer than the right to run the schedules holds.</summary>
    private const int AtOnce = 8;

    private static readonly Script s_script = Script.Load("cron_read");

    /// <summary>Reads them, some with each call; the time is that of the last one.</summary>
    public static async Task<CronRead> ExecuteAsync(RqConnection rq, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count <= Bite)
            return await ReadAsync(rq, names, cancellationToken).ConfigureAwait(false);
        var read = new List<StoredCron>(names.Count);
        DateTimeOffset now = default;
        foreach (string[][] bites in names.Chunk(Bite).Chunk(AtOnce))
        {
            CronRead[] answers = await Task.WhenAll(bites.Select(bite => ReadAsync(rq, bite, cancellationToken))).ConfigureAwait(false);
            read.AddRange(answers.SelectMany(answer => answer.Schedules));
            now = answers[^1].Now;
        }

        return new CronRead(now, read);
    }

    // Large schedules come with several calls.
    private static async Task<CronRead> ReadAsync(RqConnection rq, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var read = new List<StoredCron>(names.Count);
        while (true)
        {
            ScriptCall call = rq.Call(s_script);
            call.Arguments.AddRange([rq.Keys.Prefix, BiteBytes]);
            call.Arguments.AddRange(names.Skip(read.Count).Select(name => (RedisValue)name));
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).WaitAsync(cancellationToken).ConfigureAwait(false))!;
            foreach (RedisResult schedule in answer.AsSpan(1))
                read.Add(StoredCron.Read(names[read.Count], schedule));
            if (read.Count >= names.Count)
                return new CronRead(Time(answer[0]), read);
        }
    }

    /// <summary>Reads the time that scripts answer with, in µs.</summary>
    public static DateTimeOffset Time(RedisResult micros) => DateTimeOffset.UnixEpoch.AddTicks((long)micros * 10);
}
