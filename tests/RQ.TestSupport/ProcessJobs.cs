using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>Jobs that run in other processes: they meet the test in Redis.</summary>
public static class ProcessJobs
{
    /// <summary>Counts itself under <c>runs:{key}</c>, then waits until <c>gate:{key}</c> exists.</summary>
    public static async Task<string> CountAndWaitAsync(string key, JobContext context)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        await db.StringIncrementAsync("runs:" + key);
        while (!await db.KeyExistsAsync("gate:" + key))
            await Task.Delay(20, context.CancellationToken);
        return key;
    }

    public static async Task CountAsync(string key, JobContext context) =>
        await context.Job.Connection.Multiplexer.GetDatabase().StringIncrementAsync("runs:" + key);

    /// <summary>How many bytes a program that it starts finds in its standard input, which it reads to its end.</summary>
    public static async Task<int> CountInputAsync()
    {
        using Process count = Process.Start(new ProcessStartInfo("wc", ["-c"]) { RedirectStandardOutput = true })!;
        return int.Parse(await count.StandardOutput.ReadToEndAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Blocks every thread that the thread pool makes for longer than a lease, so that nothing asynchronous comes through in
    /// this process.
    /// </summary>
    public static async Task StarveThreadPoolAsync(string key, JobContext context)
    {
        await CountAsync(key, context);
        using var over = new ManualResetEventSlim();
        using var blocked = new CountdownEvent(2000);
        for (int i = 0; i < blocked.InitialCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                over.Wait();
                blocked.Signal();
            }, null);
        }

        new Thread(() =>
        {
            Thread.Sleep(TimeSpan.FromSeconds(15));
            over.Set();
        }) { IsBackground = true }.Start();
        over.Wait();
        blocked.Wait();
    }

    /// <summary>Notes when it starts, by the server's clock, in the list <c>starts:{id}</c>; takes a tenth of a second.</summary>
    public static async Task NoteStartAsync(JobContext context)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        RedisResult[] time = (RedisResult[])(await db.ExecuteAsync("TIME"))!;
        await db.ListRightPushAsync($"starts:{context.Job.Id}", (long)time[0] * 1000 + (long)time[1] / 1000);
        await Task.Delay(100);
    }

    /// <summary>Counts itself, then keeps a processor busy, however often it is asked to stop.</summary>
    public static async Task SpinAsync(string key, int seconds, JobContext context)
    {
        await CountAsync(key, context);
        long began = Environment.TickCount64;
        while (Environment.TickCount64 - began < seconds * 1000)
            Thread.SpinWait(1000);
    }

    public static async Task<int> RunsAsync(RqConnection rq, string key) => (int)await rq.Multiplexer.GetDatabase().StringGetAsync("runs:" + key);

    public static Task OpenGateAsync(RqConnection rq, string key) => rq.Multiplexer.GetDatabase().StringSetAsync("gate:" + key, "1");
}
