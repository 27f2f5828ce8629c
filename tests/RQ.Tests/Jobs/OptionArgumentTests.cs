using RQ.Jobs;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

/// <summary>Which values options take, and how lists of waits are stored.</summary>
public class OptionArgumentTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void RTY_1_a_retry_is_at_least_one_with_intervals_from_zero()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new Retry(0));
        Should.Throw<ArgumentOutOfRangeException>(() => new Retry(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => new Retry(1, -s_second));
        Should.Throw<ArgumentOutOfRangeException>(() => new Retry(2, s_second, -s_second));
        Should.Throw<ArgumentException>(() => new Retry(1001, s_second, 2 * s_second)).Message.ShouldContain("1000");

        var retry = new Retry(3, s_second, 2 * s_second);
        (retry.Max, retry.AtFront).ShouldBe((3, false));
        retry.Intervals.ShouldBe([s_second, 2 * s_second]);
        new Retry(3).Intervals.ShouldBe([TimeSpan.Zero]);
        new Retry(100_000, s_second).Intervals.ShouldBe([s_second]);
    }

    [Fact]
    public void REP_1_a_repeat_is_at_least_one_with_intervals_from_zero()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new Repeat(0));
        Should.Throw<ArgumentOutOfRangeException>(() => new Repeat(1, -s_second));
        Should.Throw<ArgumentException>(() => new Repeat(1001, s_second, 2 * s_second)).Message.ShouldContain("1000");

        new Repeat(2, s_second).Times.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => new Repeat(1_000_000_000)).Message.ShouldContain("Repeat.Forever");
        Should.Throw<ArgumentOutOfRangeException>(() => Repeat.Forever(TimeSpan.Zero));
        Repeat.Forever(s_second).Times.ShouldBeNull();
        new Repeat(2).Intervals.ShouldBe([TimeSpan.Zero]);
        new Repeat(2, s_second, 2 * s_second).Intervals.ShouldBe([s_second, 2 * s_second]);
    }

    /// <summary>
    /// The user's list goes on with its last value. It is stored in full length, since RQ's reader would begin again with the
    /// first value of a short one.
    /// </summary>
    [Theory]
    [InlineData(5, new[] { 1, 2 }, new long[] { 1, 2, 2, 2, 2 })]
    [InlineData(3, new[] { 1, 2, 3 }, new long[] { 1, 2, 3 })]
    [InlineData(2, new[] { 1, 2, 3 }, new long[] { 1, 2 })]
    [InlineData(5, new[] { 7 }, new long[] { 7 })]
    public void S049_stored_intervals_of_retries_are_one_for_each(int max, int[] given, long[] stored) =>
        Intervals.ForRetries(new Retry(max, [.. given.Select(seconds => TimeSpan.FromSeconds(seconds))]).Intervals, max).ShouldBe(stored);

    [Fact]
    public void S049_parts_of_seconds_are_rounded_up() =>
        Intervals.ForRetries(new Retry(2, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1.5)).Intervals, 2).ShouldBe([1, 2]);

    [Theory]
    [InlineData(5, new[] { 1, 2 }, new long[] { 2, 2, 2, 2, 1 })]
    [InlineData(2, new[] { 6, 5 }, new long[] { 5, 6 })]
    [InlineData(5, new[] { 7 }, new long[] { 7 })]
    public void S049_stored_intervals_of_repeats_are_read_from_the_end(int times, int[] given, long[] stored) =>
        Intervals.ForRepeats(new Repeat(times, [.. given.Select(seconds => TimeSpan.FromSeconds(seconds))]).Intervals, times).ShouldBe(stored);

    [Fact]
    public void WHK_1_a_webhook_is_for_http_and_the_two_ends_of_a_job()
    {
        foreach (string url in new[] { "ftp://x/y", "/only/path", "mailto:a@b", "" })
            Should.Throw<ArgumentException>(() => new Webhook(url, JobStatus.Finished)).Message.ShouldContain("http");
        foreach (JobStatus status in Enum.GetValues<JobStatus>().Where(status => status is not (JobStatus.Finished or JobStatus.Failed)))
            Should.Throw<ArgumentException>(() => new Webhook("http://x", status)).Message.ShouldContain(status.ToString());
        foreach (HttpMethod method in new[] { HttpMethod.Put, HttpMethod.Delete, HttpMethod.Head })
            Should.Throw<ArgumentException>(() => new Webhook("http://x", JobStatus.Failed) { Method = method }).Message.ShouldContain("GET or POST");
        foreach (TimeSpan timeout in new[] { TimeSpan.Zero, -s_second })
            Should.Throw<ArgumentOutOfRangeException>(() => new Webhook("http://x", JobStatus.Failed) { Timeout = timeout });

        var webhook = new Webhook("https://x/y", JobStatus.Failed);
        (webhook.Method, webhook.Timeout).ShouldBe((HttpMethod.Get, TimeSpan.FromSeconds(10)));
        webhook.Headers.ShouldBeEmpty();
    }

    [Fact]
    public void RL_1_a_rate_limit_has_a_key_and_a_number()
    {
        Should.Throw<ArgumentException>(() => new RateLimit("", 1));
        Should.Throw<ArgumentNullException>(() => new RateLimit(null!, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => new RateLimit("key", 0));
        // They would be the names of RQ's own sorted sets of the limit before the colon.
        Should.Throw<ArgumentException>(() => new RateLimit("mail:allowed", 1));
        Should.Throw<ArgumentException>(() => new RateLimit("mail:rate_limited", 1));

        (new RateLimit("key", 3).Key, new RateLimit("key", 3).Concurrency).ShouldBe(("key", 3));
    }

    [Fact]
    public void CBK_4_a_callback_is_a_name_or_a_method_with_a_time_limit()
    {
        (Callback.To("my_module.done").Function, Callback.To("my_module.done").Timeout).ShouldBe(("my_module.done", TimeSpan.FromSeconds(60)));
        Callback.To("my_module.done", TimeSpan.FromMinutes(5)).Timeout.ShouldBe(TimeSpan.FromMinutes(5));
        Callback.To(Callbacks.Done).Function.ShouldBe("RQ.Tests.Jobs.OptionArgumentTests.Callbacks.Done");

        Should.Throw<ArgumentException>(() => Callback.To(" "));
        Should.Throw<ArgumentException>(() => Callback.To(() => { })).Message.ShouldContain("lambda");
        Should.Throw<ArgumentOutOfRangeException>(() => Callback.To("my_module.done", TimeSpan.Zero));
        Should.Throw<ArgumentOutOfRangeException>(() => Callback.To("my_module.done", -s_second));
    }

    private static class Callbacks
    {
        public static void Done()
        {
        }
    }
}
