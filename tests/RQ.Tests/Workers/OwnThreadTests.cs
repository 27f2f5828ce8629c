using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Tests.Workers;

public sealed class OwnThreadTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly OwnThread _thread = new("own");

    public void Dispose() => _thread.Dispose();

    [Fact]
    public async Task All_calls_run_on_one_thread_that_is_not_the_pools()
    {
        var threads = new HashSet<Thread>();
        for (int i = 0; i < 100; i++)
            threads.Add(await _thread.RunAsync(() => Thread.CurrentThread).WaitAsync(s_limit, TestContext.Current.CancellationToken));

        Thread only = threads.Single();
        (only.Name, only.IsThreadPoolThread, only.IsBackground).ShouldBe(("own", false, true));
    }

    [Fact]
    public async Task What_waits_for_a_call_goes_on_on_the_thread()
    {
        var gate = new Meeting(2);
        Task<(Thread Called, Thread WentOn)> waiting = WaitAsync();
        gate.Arrive();

        (Thread called, Thread wentOn) = await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        wentOn.ShouldBeSameAs(called);

        // The call ends only when somebody waits for it already.
        async Task<(Thread, Thread)> WaitAsync()
        {
            Thread thread = await _thread.RunAsync(() =>
            {
                gate.ArriveAndWait();
                return Thread.CurrentThread;
            }).ConfigureAwait(false);
            return (thread, Thread.CurrentThread);
        }
    }

    [Fact]
    public async Task What_goes_on_there_may_make_the_next_call_however_often()
    {
        (await CountAsync(100_000).WaitAsync(s_limit, TestContext.Current.CancellationToken)).ShouldBe(100_000);

        async Task<int> CountAsync(int most)
        {
            int count = 0;
            while (count < most)
                count = await _thread.RunAsync(() => count + 1).ConfigureAwait(false);
            return count;
        }
    }

    [Fact]
    public async Task An_exception_comes_back_and_the_thread_goes_on()
    {
        Thread before = await _thread.RunAsync(() => Thread.CurrentThread);

        (await Should.ThrowAsync<IOException>(() => _thread.RunAsync<int>(() => throw new IOException("gone")))).Message.ShouldBe("gone");

        (await _thread.RunAsync(() => Thread.CurrentThread)).ShouldBeSameAs(before);
    }

    [Fact]
    public async Task The_next_call_may_be_made_where_one_failed()
    {
        (await FailThenCallAsync().WaitAsync(s_limit, TestContext.Current.CancellationToken)).ShouldBe(42);

        async Task<int> FailThenCallAsync()
        {
            try
            {
                await _thread.RunAsync<int>(() => throw new IOException("gone")).ConfigureAwait(false);
            }
            catch (IOException)
            {
                return await _thread.RunAsync(() => 42).ConfigureAwait(false);
            }

            return 0;
        }
    }

    [Fact]
    public async Task The_thread_ends_when_it_is_disposed_of_and_takes_no_more_calls()
    {
        Thread thread = await _thread.RunAsync(() => Thread.CurrentThread);

        _thread.Dispose();

        await EndsAsync(thread);
        Should.Throw<ObjectDisposedException>(() => { _ = _thread.RunAsync(() => 1); });
    }

    [Fact]
    public async Task A_call_that_runs_or_is_about_to_when_it_is_disposed_of_is_answered()
    {
        var gate = new Meeting(2);
        Task<Thread> running = _thread.RunAsync(() =>
        {
            gate.ArriveAndWait();
            return Thread.CurrentThread;
        });

        _thread.Dispose();
        gate.Arrive();

        await EndsAsync(await running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_may_be_disposed_of_by_what_goes_on_there()
    {
        Thread thread = await CallAndDisposeAsync().WaitAsync(s_limit, TestContext.Current.CancellationToken);

        await EndsAsync(thread);

        async Task<Thread> CallAndDisposeAsync()
        {
            Thread called = await _thread.RunAsync(() => Thread.CurrentThread).ConfigureAwait(false);
            _thread.Dispose();
            return called;
        }
    }

    [Fact]
    public void Without_a_call_there_is_no_thread_and_nothing_to_wait_for()
    {
        _thread.Dispose();
        _thread.Dispose();

        Should.Throw<ObjectDisposedException>(() => { _ = _thread.RunAsync(() => 1); });
    }

    /// <summary>What waits for a call may itself be on the thread, and cannot wait for its end there.</summary>
    private static async Task EndsAsync(Thread thread) =>
        (await Task.Run(() => thread.Join(s_limit), TestContext.Current.CancellationToken)).ShouldBeTrue("the thread ends");
}
