using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>Lets the planned faults strike, each at its time; several may be under way at once.</summary>
internal sealed class FaultInjector(Troupe cast, FaultPlan plan, FaultLog log)
{
    /// <summary>A fault whose targets are all being struck already waits for one.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private int _struck;

    /// <summary>How many have begun.</summary>
    public int Struck => Volatile.Read(ref _struck);

    /// <summary>Ends when all are over.</summary>
    public async Task RunAsync()
    {
        long start = Moment.Now;
        var running = new List<Task>();
        bool isDurable = false;
        foreach (PlannedFault fault in plan.Faults)
        {
            TimeSpan wait = fault.At - TimeSpan.FromSeconds(Moment.Seconds(Moment.Now - start));
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            if (!isDurable && fault.At >= plan.DurableFrom)
            {
                await cast.Server.BecomeDurableAsync();
                isDurable = true;
            }

            running.RemoveAll(task => task.IsCompletedSuccessfully);
            running.Add(StrikeAsync(fault));
        }

        await Task.WhenAll(running);
    }

    private async Task StrikeAsync(PlannedFault fault)
    {
        Interlocked.Increment(ref _struck);
        while (!await fault.Kind.StrikeAsync(new Strike(cast, log, new Random(fault.Seed))))
            await Task.Delay(s_pause);
    }
}
