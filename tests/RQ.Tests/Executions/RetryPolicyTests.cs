using RQ.Executions;
using RQ.Jobs;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Executions;

public class RetryPolicyTests
{
    private static readonly Failure s_failure = new("no");

    [Fact]
    public void Without_retries_it_fails() => RetryPolicy.AfterFailure(Job(), s_failure).ShouldBe(new Outcome.Failed(s_failure));

    [Theory]
    [InlineData(4, 100)]
    [InlineData(3, 100)]
    [InlineData(2, 100)]
    [InlineData(1, 200)]
    public void RTY_2_S049_waits_follow_rqs_rule(int left, int seconds) =>
        RetryPolicy.AfterFailure(Job(("retries_left", left), ("retry_intervals", "[100, 200]")), s_failure)
            .ShouldBe(new Outcome.Retried(s_failure, TimeSpan.FromSeconds(seconds), left - 1, false));

    [Fact]
    public void RTY_6_an_empty_list_of_waits_means_at_once() =>
        RetryPolicy.AfterFailure(Job(("retries_left", 1), ("retry_intervals", "[]"), ("enqueue_at_front_on_retry", 1)), s_failure)
            .ShouldBe(new Outcome.Retried(s_failure, TimeSpan.Zero, 0, true));

    [Fact]
    public void A_dead_worker_puts_the_job_back_three_times_at_most()
    {
        RetryPolicy.AfterWorkerDeath(Job(("on_abandoned", "requeue")), s_failure).ShouldBe(new Outcome.GivenBack());
        RetryPolicy.AfterWorkerDeath(Job(("on_abandoned", "requeue"), ("recoveries", 2)), s_failure).ShouldBe(new Outcome.GivenBack());
        RetryPolicy.AfterWorkerDeath(Job(("on_abandoned", "requeue"), ("recoveries", 3), ("retries_left", 5)), s_failure).ShouldBeOfType<Outcome.Failed>();
    }

    [Fact]
    public void Jobs_of_python_are_retried_or_failed_as_python_does()
    {
        RetryPolicy.AfterWorkerDeath(Job(), s_failure).ShouldBeOfType<Outcome.Failed>();
        RetryPolicy.AfterWorkerDeath(Job(("retries_left", 1)), s_failure).ShouldBeOfType<Outcome.Retried>();
    }

    private static JobHash Job(params (string Field, RedisValue Value)[] fields) =>
        JobHash.Read("id", RedisResult.Create([.. fields.SelectMany(field => new[] { (RedisValue)field.Field, field.Value })]));
}
