using Microsoft.Extensions.Time.Testing;
using RQ.Executions;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Executions;

/// <summary>Many deadlines on one timer: those that move, those that come together, and those that are far off.</summary>
public sealed class DeadlineOrderTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly Deadlines _deadlines;
    private readonly List<int> _told = [];

    public DeadlineOrderTests() => _deadlines = new Deadlines(_time);

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public void They_are_told_in_the_order_of_their_times_however_they_were_set()
    {
        int[] order = [.. Enumerable.Range(1, 200)];
        new Random(7).Shuffle(order);
        foreach (int seconds in order)
            Set(seconds, seconds);

        for (int i = 0; i < 200; i++)
            Pass(1);

        _told.ShouldBe(Enumerable.Range(1, 200));
    }

    [Fact]
    public void All_whose_time_comes_together_are_told_together()
    {
        for (int i = 0; i < 100; i++)
            Set(i, 10);
        Set(100, 11);

        Pass(10);

        _told.Order().ShouldBe(Enumerable.Range(0, 100));
        Pass(1);
        _told[^1].ShouldBe(100);
    }

    [Fact]
    public void One_that_is_put_off_is_told_later_and_holds_back_none_of_the_others()
    {
        Told one = Set(1, 10);
        Set(2, 15);
        _deadlines.Set(one, TimeSpan.FromSeconds(20));

        Pass(10);
        _told.ShouldBeEmpty();
        Pass(5);
        _told.ShouldBe([2]);
        Pass(5);
        _told.ShouldBe([2, 1]);
    }

    [Fact]
    public void When_all_were_removed_the_next_one_is_told()
    {
        foreach (Told told in new[] { Set(1, 10), Set(2, 10), Set(3, 20) })
            _deadlines.Remove(told);
        Pass(5);
        // The timer is still set for those.
        Set(4, 100);
        Pass(99.999);
        _told.ShouldBeEmpty();

        Pass(0.001);

        _told.ShouldBe([4]);
    }

    [Fact]
    public void Removing_what_was_told_or_never_set_does_nothing()
    {
        Told one = Set(1, 1);
        Pass(1);

        _deadlines.Remove(one);
        _deadlines.Remove(new Told(() => _told.Add(2)));
        Set(3, 1);
        Pass(1);

        _told.ShouldBe([1, 3]);
    }

    [Fact]
    public void The_longest_wait_is_told_in_its_time_and_keeps_back_no_shorter_one()
    {
        Set(1, WorkerOptions.LongestWait.TotalSeconds);
        Set(2, 1);

        Pass(1);
        _told.ShouldBe([2]);
        _time.Advance(WorkerOptions.LongestWait - TimeSpan.FromSeconds(2));
        _told.ShouldBe([2]);
        Pass(1);
        _told.ShouldBe([2, 1]);
    }

    [Fact]
    public void One_without_any_time_left_is_told_at_once()
    {
        Set(1, 0);
        Set(2, -5);

        Pass(0.001);

        _told.Order().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task On_a_real_clock_none_is_told_before_its_time_and_none_with_the_context_of_who_set_it()
    {
        using var deadlines = new Deadlines(TimeProvider.System);
        var context = new AsyncLocal<string?>();
        var all = new List<Task<(bool IsEarly, string? Context)>>();
        for (int i = 1; i <= 50; i++)
        {
            context.Value = $"run {i}";
            var answer = new TaskCompletionSource<(bool, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
            Told told = null!;
            told = new Told(() => answer.TrySetResult((TimeProvider.System.GetTimestamp() < told.Due, context.Value)));
            deadlines.Set(told, TimeSpan.FromMilliseconds(i * 0.7));
            all.Add(answer.Task);
        }

        (bool IsEarly, string? Context)[] answers = await Task.WhenAll(all).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        answers.ShouldAllBe(answer => !answer.IsEarly && answer.Context == null);
    }

    private Told Set(int number, double seconds)
    {
        var told = new Told(() => _told.Add(number));
        _deadlines.Set(told, TimeSpan.FromSeconds(seconds));
        return told;
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private sealed class Told(Action tell) : Deadline
    {
        public override void Elapse() => tell();
    }
}
