using System.Collections.Concurrent;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

public sealed class JobThreadsTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly JobThreads _threads = new("test");

    public void Dispose() => _threads.Dispose();

    [Fact]
    public void Work_that_blocks_holds_back_none_that_was_posted_with_it_or_later()
    {
        using var allRun = new CountdownEvent(20);
        // Each waits for all the others.
        Action<object> work = _ =>
        {
            allRun.Signal();
            allRun.Wait(s_limit);
        };

        _threads.Post(work, Enumerable.Range(0, 10).Cast<object>().ToArray());
        for (int i = 0; i < 10; i++)
            _threads.Post(work, i);

        allRun.Wait(s_limit).ShouldBeTrue();
    }

    [Fact]
    public void Threads_are_used_again()
    {
        var names = new ConcurrentDictionary<string, bool>();
        for (int round = 0; round < 100; round++)
        {
            using var done = new CountdownEvent(3);
            _threads.Post(_ =>
            {
                names[Thread.CurrentThread.Name!] = true;
                done.Signal();
            }, [1, 2, 3]);
            done.Wait(s_limit).ShouldBeTrue();
        }

        // Those of one round may not have come back when the next one begins.
        names.Count.ShouldBeLessThan(20);
    }

    [Fact]
    public void Every_state_is_worked_on_once()
    {
        var seen = new ConcurrentBag<int>();
        using var done = new CountdownEvent(1000);
        object[] states = [.. Enumerable.Range(0, 1000).Cast<object>()];

        foreach (object[] batch in states.Chunk(37))
        {
            _threads.Post(state =>
            {
                seen.Add((int)state);
                done.Signal();
            }, batch);
        }

        done.Wait(s_limit).ShouldBeTrue();
        seen.Order().ShouldBe(Enumerable.Range(0, 1000));
    }
}
