namespace RQ.Tool.Tests;

public class BackoffTests
{
    [Fact]
    public void Waits_double_up_to_the_longest_S115()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(4));

        Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalSeconds).ShouldBe([1, 2, 4, 4, 4]);
        backoff.Reset();
        backoff.Next().TotalSeconds.ShouldBe(1);
    }

    [Fact]
    public void Jitter_only_shortens_S115()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(4), new Random(7));

        double[] waits = [.. Enumerable.Range(0, 50).Select(_ => backoff.Next().TotalSeconds)];

        waits.ShouldAllBe(wait => wait <= 4);
        waits.Skip(2).ShouldAllBe(wait => wait >= 3);
        waits.Distinct().Count().ShouldBeGreaterThan(40);
    }
}
