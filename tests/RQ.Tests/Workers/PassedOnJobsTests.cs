using RQ.Redis.Transitions;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

public class PassedOnJobsTests
{
    [Fact]
    public void A_queue_is_left_out_when_a_job_comes_round_again()
    {
        var jobs = new PassedOnJobs();
        jobs.PassOn("high", "a").ShouldBeFalse();
        jobs.PassOn("high", "b").ShouldBeFalse();
        jobs.PassOn("low", "c").ShouldBeFalse();
        jobs.LeftOut.ShouldBeEmpty();

        jobs.PassOn("high", "a").ShouldBeTrue();

        jobs.LeftOut.ShouldBe(["high"]);
    }

    [Fact]
    public void What_was_run_from_the_queue_in_between_begins_the_round_anew()
    {
        var jobs = new PassedOnJobs();
        jobs.PassOn("high", "a");
        jobs.Ran("high");
        jobs.PassOn("high", "a").ShouldBeFalse();
        jobs.Ran("low");
        jobs.PassOn("high", "a").ShouldBeTrue();
    }

    [Fact]
    public void After_a_job_has_run_all_queues_are_looked_at_again()
    {
        var jobs = new PassedOnJobs();
        jobs.PassOn("high", "a");
        jobs.PassOn("high", "a");

        jobs.Ran("low");

        jobs.LeftOut.ShouldBeEmpty();
    }

    [Fact]
    public void In_the_end_there_is_one_more_round_if_anything_has_run()
    {
        var jobs = new PassedOnJobs();
        jobs.Ran("low");
        jobs.LookAgain().ShouldBeFalse("nothing was passed on");
        jobs.PassOn("high", "a");
        jobs.PassOn("high", "a").ShouldBeTrue();

        jobs.LookAgain().ShouldBeTrue();
        jobs.PassOn("high", "a").ShouldBeFalse();
        jobs.PassOn("high", "a").ShouldBeTrue();
        jobs.LookAgain().ShouldBeFalse("nothing has run since");
    }

    [Fact]
    public void A_take_leaves_the_queue_out_with_its_quota()
    {
        var left = new HashSet<string> { "b" };
        TakeOrder order = new TakeOrder(["a", "b", "c"], [1, 2, 3]).Without(left);
        order.Queues.ShouldBe(["a", "c"]);
        order.Quotas.ShouldBe([1, 3]);
        TakeOrder.Strict(["b"]).Without(left).Queues.ShouldBeEmpty();
    }
}
