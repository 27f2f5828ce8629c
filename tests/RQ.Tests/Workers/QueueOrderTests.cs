using RQ.Redis.Transitions;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

public class QueueOrderTests
{
    private static readonly string[] s_queues = ["a", "b", "c"];

    [Fact]
    public void Strict_order_has_no_quotas_and_never_changes()
    {
        QueueOrder order = Order(DequeueStrategy.Default);
        TakeOrder first = order.Next(1);

        order.Took("b");

        first.Queues.ShouldBe(s_queues);
        first.Quotas.ShouldBeEmpty();
        order.Next(5).ShouldBeSameAs(first);
    }

    [Fact]
    public void Round_robin_goes_on_behind_the_last_queue()
    {
        QueueOrder order = Order(DequeueStrategy.RoundRobin);
        order.Next(1).Queues.ShouldBe(["a", "b", "c"]);
        order.Took("a");
        order.Next(1).Queues.ShouldBe(["b", "c", "a"]);
        order.Took("c");
        order.Next(1).Queues.ShouldBe(["a", "b", "c"]);
        order.Next(9).Quotas.ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void Random_order_changes_with_a_job_only()
    {
        QueueOrder order = Order(DequeueStrategy.Random);
        var seen = new HashSet<string>();
        for (int i = 0; i < 100; i++)
        {
            IReadOnlyList<string> queues = order.Next(1).Queues;
            order.Next(1).Queues.ShouldBe(queues);
            seen.Add(string.Concat(queues));
            order.Took(queues[0]);
        }

        seen.Count.ShouldBe(6);
    }

    [Fact]
    public void Weighted_order_draws_once_for_each_slot()
    {
        QueueOrder order = Order(DequeueStrategy.Weighted, options => options.QueueWeights["b"] = 8);
        var drawn = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0, ["c"] = 0 };
        for (int i = 0; i < 100; i++)
        {
            TakeOrder next = order.Next(10);
            next.Queues.ShouldBe(s_queues, ignoreOrder: true);
            next.Quotas.Sum().ShouldBe(10);
            for (int n = 0; n < 3; n++)
                drawn[next.Queues[n]] += next.Quotas[n];
        }

        drawn["b"].ShouldBeInRange(700, 900);
        drawn["a"].ShouldBeInRange(50, 150);
        drawn["c"].ShouldBeInRange(50, 150);
    }

    private static QueueOrder Order(DequeueStrategy strategy, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { DequeueStrategy = strategy };
        configure?.Invoke(options);
        return new QueueOrder(s_queues, options, new Random(7));
    }
}
