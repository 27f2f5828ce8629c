using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

/// <summary>Job threads of a worker to which the system gives no more threads for a while.</summary>
public sealed class RefusedThreadTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<Exception> _told = new();
    private readonly JobThreads _threads;
    private int _left;
    private int _tries;

    public RefusedThreadTests() => _threads = new JobThreads("test", _time)
    {
        OnRefused = _told.Enqueue,
        Starter = thread =>
        {
            _tries++;
            if (_left == 0)
                throw new InsufficientMemoryException("no more threads");
            _left--;
            thread.Start();
        },
    };

    public void Dispose() => _threads.Dispose();

    [Fact]
    public async Task Work_without_a_thread_is_begun_when_there_is_one_although_nobody_posts_again()
    {
        var done = new Meeting(1);

        _threads.Post(done.Arrive);
        done.HasBegun.ShouldBeFalse();
        _left = 1;
        _time.Advance(JobThreads.Pause);

        await done.BeginsAsync();
    }

    [Fact]
    public async Task It_is_tried_again_as_long_as_no_thread_is_given_and_told_once()
    {
        var done = new Meeting(1);

        _threads.Post(done.Arrive);
        for (int i = 0; i < 5; i++)
            _time.Advance(JobThreads.Pause);
        (_tries, _told.Count).ShouldBe((6, 1));
        _left = 1;
        _time.Advance(JobThreads.Pause);

        await done.BeginsAsync();
        _told.Single().ShouldBeOfType<InsufficientMemoryException>();
    }

    [Fact]
    public async Task What_is_refused_after_a_thread_was_given_is_told_anew()
    {
        var first = new Meeting(1);
        var second = new Meeting(2);
        _threads.Post(first.Arrive);
        _left = 1;
        _time.Advance(JobThreads.Pause);
        await first.BeginsAsync();

        // Two, so that the free thread does not do both: each waits for the other.
        _threads.Post(_ => second.ArriveAndWait(), [1, 2]);
        _told.Count.ShouldBe(2);
        _left = 1;
        _time.Advance(JobThreads.Pause);

        await second.BeginsAsync();
    }

    [Fact]
    public async Task Work_that_got_no_thread_of_its_own_is_done_by_the_first_that_comes_free()
    {
        _left = 2;
        var begun = new Meeting(2);
        var gate = new Meeting(3);
        var done = new Meeting(10);
        int number = 0;

        _threads.Post(_ =>
        {
            if (Interlocked.Increment(ref number) <= 2)
            {
                begun.Arrive();
                gate.ArriveAndWait();
            }

            done.Arrive();
        }, Enumerable.Range(0, 10).Cast<object>().ToArray());
        await begun.BeginsAsync();
        gate.Arrive();

        await done.BeginsAsync();
        _told.Count.ShouldBe(1);
    }

    [Fact]
    public async Task All_work_has_threads_again_when_the_system_has()
    {
        var allRun = new Meeting(10);
        _left = 3;
        _threads.Post(_ => allRun.ArriveAndWait(), Enumerable.Range(0, 10).Cast<object>().ToArray());

        _left = 100;
        _time.Advance(JobThreads.Pause);

        await allRun.BeginsAsync();
        _tries.ShouldBe(4 + 7, "no thread is made that has nothing to do");
    }

    [Fact]
    public void Once_disposed_it_is_not_tried_again()
    {
        _threads.Post(static () => { });
        _threads.Dispose();

        _time.Advance(JobThreads.Pause);

        _tries.ShouldBe(1);
    }
}
