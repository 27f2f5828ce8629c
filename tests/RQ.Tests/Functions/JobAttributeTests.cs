using System.Linq.Expressions;
using RQ.Functions;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

public class JobAttributeTests
{
    [Fact]
    public void What_is_not_set_on_the_method_is_left_to_the_call_and_the_queue()
    {
        JobOptions options = JobDefaults.Merge(new JobAttribute("name"), null);

        options.ShouldBe(new JobOptions());
    }

    [Fact]
    public void Zero_and_minus_one_are_said_as_in_rq()
    {
        JobOptions options = JobDefaults.Merge(new JobAttribute { ResultTtlSeconds = 0, FailureTtlSeconds = -1, TimeoutSeconds = -1 }, new JobOptions { Timeout = TimeSpan.FromSeconds(3) });

        options.ResultTtl.ShouldBe(TimeSpan.Zero);
        options.FailureTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        options.Timeout.ShouldBe(TimeSpan.FromSeconds(3));
        options.Ttl.ShouldBeNull();
    }

    [Fact]
    public void Looking_for_the_queue_evaluates_no_argument()
    {
        Expression<Action> lambda = () => Target(Throws());

        CallExpression.QueueOf(lambda).ShouldBe("q");
    }

    [Job(Queue = "q")]
    private static void Target(int argument) => _ = argument;

    private static int Throws() => throw new InvalidOperationException("evaluated");
}
