using System.Collections.Concurrent;
using RQ.TestSupport;

namespace RQ.Conformance.Cron;

/// <summary>Jobs of schedules: one takes longer than its interval, fails each second time, and counts how many of it run at once.</summary>
public static class OverlapProbe
{
    private static readonly ConcurrentDictionary<string, Counts> s_counts = new();

    public static async Task RunAsync(string list)
    {
        Counts counts = Of(list);
        int running = Interlocked.Increment(ref counts.Running);
        lock (counts)
            counts.Most = Math.Max(counts.Most, running);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Interlocked.Decrement(ref counts.Running);
        if (Interlocked.Increment(ref counts.Runs) % 2 == 1)
        {
            Interlocked.Increment(ref counts.Failures);
            throw new InvalidOperationException("each second run fails");
        }
    }

    public static async Task BlockAndFailAsync(string gate)
    {
        TestJobs.Gate(gate).Entered.TrySetResult();
        await TestJobs.Gate(gate).Opened.Task.WaitAsync(Eventually.Limit);
        throw new InvalidOperationException("no good end");
    }

    public static int Runs(string list) => Of(list).Runs;

    public static int Failures(string list) => Of(list).Failures;

    public static int MostAtOnce(string list) => Of(list).Most;

    private static Counts Of(string list) => s_counts.GetOrAdd(list, _ => new Counts());

    private sealed class Counts
    {
        public int Running;
        public int Runs;
        public int Failures;
        public int Most;
    }
}
