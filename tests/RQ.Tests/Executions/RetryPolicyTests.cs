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

    [Fact]
    public void A_job_that_gives_up_is_not_retried()
    {
        Failure failure = Of(new GiveUpException("never"));
        RetryPolicy.AfterFailure(Job(("retries_left", 5)), failure).ShouldBe(new Outcome.Failed(failure));
        failure = Of(new AggregateException(new GiveUpException("never")));
        RetryPolicy.AfterFailure(Job(("retries_left", 5)), failure).ShouldBe(new Outcome.Failed(failure));
    }

    [Fact]
    public void A_job_may_say_when_it_is_retried_but_not_how_often()
    {
        Failure failure = Of(new RetryAfterException(TimeSpan.FromSeconds(7)));
        RetryPolicy.AfterFailure(Job(("retries_left", 2), ("retry_intervals", "[100]")), failure)
            .ShouldBe(new Outcome.Retried(failure, TimeSpan.FromSeconds(7), 1, false));
        RetryPolicy.AfterFailure(Job(("retries_left", 0)), failure).ShouldBe(new Outcome.Failed(failure));
        RetryPolicy.AfterFailure(Job(), failure).ShouldBe(new Outcome.Failed(failure));
        Should.Throw<ArgumentOutOfRangeException>(() => new RetryAfterException(TimeSpan.FromSeconds(-1)));
    }

    [Theory]
    [InlineData(typeof(IOException), true)]
    [InlineData(typeof(FileNotFoundException), false)]
    [InlineData(typeof(DirectoryNotFoundException), true)]
    [InlineData(typeof(FormatException), false)]
    public void The_jobs_rule_says_which_exceptions_are_retried(Type type, bool isRetried)
    {
        string rule = RetryRule.Write(new Retry(1) { OnlyOn = [typeof(IOException)], NeverOn = [typeof(FileNotFoundException)] });
        Outcome outcome = RetryPolicy.AfterFailure(Job(("retries_left", 1), ("retry_rule", rule)), Of((Exception)Activator.CreateInstance(type)!));
        (outcome is Outcome.Retried).ShouldBe(isRetried);
    }

    [Fact]
    public void A_rule_that_cannot_be_read_retries_everything() =>
        RetryPolicy.AfterFailure(Job(("retries_left", 1), ("retry_rule", "{")), Of(new FormatException())).ShouldBeOfType<Outcome.Retried>();

    [Fact]
    public void A_failure_that_is_not_listed_is_retried_all_the_same()
    {
        RetryPolicy.AfterFailure(Job(), s_failure, isListed: false).ShouldBe(new Outcome.Failed(s_failure, false));
        RetryPolicy.AfterFailure(Job(("retries_left", 1)), s_failure, isListed: false).ShouldBeOfType<Outcome.Retried>();
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 20)]
    [InlineData(2, 20)]
    public void A_returned_retry_is_counted_and_waits_in_order(int count, int seconds) =>
        RetryPolicy.AfterReturnedRetry(Job(("number_of_retries", count)), new Retry(3, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20)) { AtFront = true })
            .ShouldBe(new Outcome.RetriedByItself(TimeSpan.FromSeconds(seconds), count + 1, true));

    [Fact]
    public void A_retry_returned_too_often_fails_the_job()
    {
        RetryPolicy.AfterReturnedRetry(Job(), new Retry(1)).ShouldBe(new Outcome.RetriedByItself(TimeSpan.Zero, 1, false));
        RetryPolicy.AfterReturnedRetry(Job(("number_of_retries", 3), ("retries_left", 9)), new Retry(3))
            .ShouldBeOfType<Outcome.RetriesExceeded>().Failure.Text.ShouldContain("3 times already");
    }

    private static Failure Of(Exception exception) => new(exception.Message, exception);

    private static JobHash Job(params (string Field, RedisValue Value)[] fields) =>
        JobHash.Read("id", RedisResult.Create([.. fields.SelectMany(field => new[] { (RedisValue)field.Field, field.Value })]));
}
