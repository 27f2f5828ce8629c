using Microsoft.Extensions.Time.Testing;
using RQ.Workers;

namespace RQ.Hosting.Tests;

public class WorkerPulseTests
{
    [Fact]
    public void S116_a_loop_that_makes_no_pass_for_twice_the_blocking_time_is_noticed()
    {
        var time = new FakeTimeProvider();
        var pulse = new WorkerPulse(time);
        time.Advance(WorkerPulse.LongestPass + TimeSpan.FromSeconds(1));
        pulse.SincePass.ShouldBeGreaterThan(WorkerPulse.LongestPass);
        pulse.Passed();
        pulse.SincePass.ShouldBe(TimeSpan.Zero);

        pulse.WaitsForJobs = true;
        time.Advance(TimeSpan.FromHours(1));
        pulse.SincePass.ShouldBe(TimeSpan.Zero, "all its slots are taken by long jobs");
        pulse.WaitsForJobs = false;
        pulse.SincePass.ShouldBe(TimeSpan.Zero, "it goes on only now");
        pulse.SinceRenewal.ShouldBeGreaterThan(TimeSpan.FromHours(1));
        pulse.Renewed(time.GetTimestamp());
        pulse.SinceRenewal.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_lease_is_as_old_as_the_call_that_renewed_it_however_late_its_answer_comes()
    {
        var time = new FakeTimeProvider();
        var pulse = new WorkerPulse(time);
        long sent = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(5));
        pulse.Renewed(sent);
        pulse.IsLeaseInDoubt.ShouldBeFalse();

        time.Advance(TimeSpan.FromSeconds(3));

        pulse.SinceRenewal.ShouldBe(TimeSpan.FromSeconds(8));
        pulse.IsLeaseInDoubt.ShouldBeTrue("others may have taken what it had");
    }

    [Fact]
    public async Task S116_an_idle_worker_makes_a_pass_with_each_blocking_pop()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Worker worker = world.StartWorker().Worker;
        var half = TimeSpan.FromSeconds(10);
        await Eventually.BecomesAsync(() => worker.Pulse.SincePass > half, "the worker is idle");
        await Eventually.BecomesAsync(() => worker.Pulse.SincePass < half, "it has made a pass");
        worker.Pulse.SinceRenewal.ShouldBeLessThan(half);
    }
}
