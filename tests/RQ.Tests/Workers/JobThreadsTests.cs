using System.Collections.Concurrent;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

public sealed class JobThreadsTests : IDisposable
{
    private readonly JobThreads _threads = new("test");

    public void Dispose() => _threads.Dispose();

    [Fact]
    public async Task Work_that_blocks_holds_back_none_that_was_posted_with_it_or_later()
    {
        var meeting = new Meeting(20);

        _threads.Post(_ => meeting.ArriveAndWait(), Enumerable.Range(0, 10).Cast<object>().ToArray());
        for (int i = 0; i < 10; i++)
            _threads.Post(_ => meeting.ArriveAndWait(), i);

        await meeting.BeginsAsync();
    }

    [Fact]
    public async Task Threads_are_used_again()
    {
        var names = new ConcurrentDictionary<string, bool>();
        for (int round = 0; round < 100; round++)
        {
            var done = new Meeting(3);
            _threads.Post(_ =>
            {
                names[Thread.CurrentThread.Name!] = true;
                done.Arrive();
            }, [1, 2, 3]);
            await done.BeginsAsync();
        }

        // Those of one round may not have come back when the next one begins.
        names.Count.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task Threads_without_work_end_all_but_one_and_new_ones_come_with_new_work()
    {
        using var threads = new JobThreads("short", TimeProvider.System) { WaitTime = TimeSpan.FromMilliseconds(50) };
        for (int round = 0; round < 3; round++)
        {
            var meeting = new Meeting(20);
            threads.Post(_ => meeting.ArriveAndWait(), Enumerable.Range(0, 20).Cast<object>().ToArray());
            await meeting.BeginsAsync();

            await Eventually.BecomesAsync(() => threads.Free == 1, "one is left");
        }
    }

    [Fact]
    public async Task Every_state_is_worked_on_once()
    {
        var seen = new ConcurrentBag<int>();
        var done = new Meeting(1000);
        object[] states = [.. Enumerable.Range(0, 1000).Cast<object>()];

        foreach (object[] batch in states.Chunk(37))
        {
            _threads.Post(state =>
            {
                seen.Add((int)state);
                done.Arrive();
            }, batch);
        }

        await done.BeginsAsync();
        seen.Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    [Fact]
    public async Task Work_may_post_more_work_and_wait_for_it()
    {
        var done = new Meeting(1);

        _threads.Post(() =>
        {
            var inner = new Meeting(2);
            _threads.Post(inner.Arrive);
            inner.ArriveAndWait();
            if (inner.HasBegun)
                done.Arrive();
        });

        await done.BeginsAsync();
    }

    [Fact]
    public async Task What_was_posted_before_it_is_disposed_of_is_done_and_the_threads_end()
    {
        var begun = new Meeting(5);
        var gate = new Meeting(6);
        var threads = new ConcurrentBag<Thread>();
        _threads.Post(_ =>
        {
            threads.Add(Thread.CurrentThread);
            begun.Arrive();
            gate.ArriveAndWait();
        }, [1, 2, 3, 4, 5]);
        await begun.BeginsAsync();

        _threads.Dispose();
        gate.Arrive();

        threads.ShouldAllBe(thread => thread.Join(TimeSpan.FromSeconds(30)));
    }
}
