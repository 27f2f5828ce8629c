using RQ.Tool.WorkerPools;

namespace RQ.Tool.Tests.WorkerPools;

public class RestartPaceTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Those_that_die_young_are_replaced_later_each_time_POOL_2()
    {
        var pace = new RestartPace();

        int[] waits = [.. Enumerable.Range(0, 8).Select(_ => (int)pace.Next(s_moment, wentWell: false).TotalSeconds)];

        waits.ShouldBe([1, 2, 4, 8, 16, 30, 30, 30]);
    }

    [Fact]
    public void After_a_long_life_or_a_proper_end_it_is_replaced_at_once_POOL_2()
    {
        var pace = new RestartPace();
        pace.Next(s_moment, wentWell: false);
        pace.Next(s_moment, wentWell: false);

        pace.Next(TimeSpan.FromMinutes(2), wentWell: false).ShouldBe(TimeSpan.Zero);
        pace.Next(TimeSpan.FromSeconds(3), wentWell: true).ShouldBe(TimeSpan.Zero);
        pace.Next(s_moment, wentWell: true).ShouldBe(TimeSpan.FromSeconds(1));
    }
}
