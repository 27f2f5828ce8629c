using Microsoft.Extensions.Time.Testing;
using RQ.Executions;
using Shouldly;
using Xunit;

namespace RQ.Tests.Executions;

public sealed class DeadlinesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Deadlines _deadlines;
    private readonly List<string> _told = [];

    public DeadlinesTests() => _deadlines = new Deadlines(_time);

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public void Each_is_told_once_when_its_time_has_come()
    {
        Set("late", 30);
        Set("early", 10);
        Set("middle", 20);

        Pass(9.999);
        _told.ShouldBeEmpty();
        Pass(0.001);
        _told.ShouldBe(["early"]);
        Pass(10);
        _told.ShouldBe(["early", "middle"]);
        Pass(100);
        _told.ShouldBe(["early", "middle", "late"]);
    }

    [Fact]
    public void One_that_was_removed_is_not_told_and_the_others_are()
    {
        Told first = Set("first", 10);
        Set("second", 20);

        _deadlines.Remove(first);

        Pass(10);
        _told.ShouldBeEmpty();
        Pass(10);
        _told.ShouldBe(["second"]);
    }

    [Fact]
    public void One_that_is_set_again_is_told_at_the_new_time()
    {
        Told one = Set("one", 10);
        Pass(5);
        _deadlines.Set(one, TimeSpan.FromSeconds(3));

        Pass(3);
        _told.ShouldBe(["one"]);

        _deadlines.Set(one, TimeSpan.FromSeconds(1));
        Pass(1);
        _told.ShouldBe(["one", "one"]);
    }

    [Fact]
    public void One_that_is_set_again_when_it_is_told_is_told_again()
    {
        Told one = Set("one", 10);
        one.OnElapse = () => _deadlines.Set(one, TimeSpan.FromSeconds(5));

        Pass(10);
        one.OnElapse = null;
        Pass(5);

        _told.ShouldBe(["one", "one"]);
    }

    [Fact]
    public void Once_disposed_none_is_told()
    {
        Set("one", 10);
        _deadlines.Dispose();
        Set("two", 5);

        Pass(100);

        _told.ShouldBeEmpty();
    }

    private Told Set(string name, double seconds)
    {
        var told = new Told(() => _told.Add(name));
        _deadlines.Set(told, TimeSpan.FromSeconds(seconds));
        return told;
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private sealed class Told(Action tell) : Deadline
    {
        public Action? OnElapse { get; set; }

        public override void Elapse()
        {
            tell();
            OnElapse?.Invoke();
        }
    }
}
