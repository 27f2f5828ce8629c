using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>The loop around each duty of a scheduler.</summary>
public class DutyLoopTests
{
    [Fact]
    public async Task A_duty_that_fails_is_told_of_once_and_goes_on()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        var duty = new CountingDuty(pass => pass is 2 or 3 or 4 ? throw new InvalidOperationException("no") : TimeSpan.FromMilliseconds(1));

        await RunAsync(world, duty, () => duty.Passes >= 8);

        ScheduleOf.Logged(world, 155).ShouldBe(["Scheduler me: counting failed, trying again"]);
        ScheduleOf.Logged(world, 156).ShouldBe(["Scheduler me: counting goes on"]);
    }

    [Fact]
    public async Task While_more_is_due_the_passes_follow_each_other_at_once_and_a_flood_of_messages_does_not_do_that()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        WakeSignal? wake = null;
        var began = new System.Diagnostics.Stopwatch();
        var duty = new CountingDuty(pass =>
        {
            if (pass == 1000)
                began.Start();
            if (pass >= 1000)
                wake!.Set();
            return pass < 1000 ? TimeSpan.Zero : TimeSpan.FromSeconds(1);
        });

        await RunAsync(world, duty, () => duty.Passes >= 1020, signal => wake = signal);

        // Twenty passes of 20 ms each.
        began.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task A_duty_that_has_done_nothing_and_wants_to_go_on_at_once_waits_for_a_moment()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        var began = System.Diagnostics.Stopwatch.StartNew();
        var duty = new CountingDuty(_ => TimeSpan.Zero) { DoesNothing = true };

        await RunAsync(world, duty, () => duty.Passes >= 21);

        // Twenty passes of 20 ms each.
        began.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task A_signal_between_the_pass_and_the_sleep_is_not_lost()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var signal = new WakeSignal(time);
        signal.Set();
        signal.Reset();
        Task sleep = signal.SleepAsync(TimeSpan.FromHours(1), CancellationToken.None);
        sleep.IsCompleted.ShouldBeFalse("what was signalled before the pass is forgotten");
        signal.Set();
        await sleep.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        signal.Reset();
        signal.Set();
        await signal.SleepAsync(TimeSpan.FromHours(1), CancellationToken.None).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        signal.Reset();
        sleep = signal.SleepAsync(TimeSpan.FromHours(1), CancellationToken.None);
        time.Advance(TimeSpan.FromHours(1));
        await sleep.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        await signal.SleepAsync(TimeSpan.FromHours(1), new CancellationToken(canceled: true));
    }

    private static async Task RunAsync(TestWorld world, CountingDuty duty, Func<bool> isDone, Action<WakeSignal>? take = null)
    {
        var identity = new SchedulerIdentity(world.Rq, "me", new FakeLogger(world.LogCollector));
        var wake = new WakeSignal(world.Rq.TimeProvider);
        take?.Invoke(wake);
        using var stop = new CancellationTokenSource();
        Task loop = new DutyLoop(identity, duty, wake, new Random(1)).RunAsync(stop.Token);
        await Eventually.BecomesAsync(isDone, "the passes were made");
        await stop.CancelAsync();
        await loop.WaitAsync(Eventually.Limit);
    }

    private sealed class CountingDuty(Func<int, TimeSpan> pass) : ISchedulerDuty
    {
        private int _passes;

        public int Passes => Volatile.Read(ref _passes);

        public bool DoesNothing { get; init; }

        public string What => "counting";

        public long Done => DoesNothing ? 0 : Passes;

        public Task<TimeSpan> PassAsync(CancellationToken stopping) => Task.FromResult(pass(Interlocked.Increment(ref _passes)));

        public Task ReleaseAsync() => Task.CompletedTask;
    }
}
