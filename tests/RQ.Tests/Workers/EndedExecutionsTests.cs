using Microsoft.Extensions.Logging.Abstractions;
using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Workers;

/// <summary>What has ended and waits to be settled, by itself: its server is an embedded one that refuses when a test wants it to.</summary>
public sealed class EndedExecutionsTests : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly RunningExecutions _running = new();
    private RqConnection _rq = null!;
    private WorkerLimits _limits = null!;
    private EndedExecutions _ended = null!;
    private WorkerSetup _setup = null!;

    public async ValueTask InitializeAsync()
    {
        _rq = await RqConnection.ConnectAsync("embedded:", cancellationToken: TestContext.Current.CancellationToken);
        Make(new WorkerOptions());
    }

    public ValueTask DisposeAsync()
    {
        _setup.Deadlines.Dispose();
        return _rq.DisposeAsync();
    }

    [Fact]
    public async Task A_waiting_ends_when_so_many_have_ended_and_not_before()
    {
        Task waiting = _ended.WaitAsync(3);

        Report("a");
        Report("b");
        waiting.IsCompleted.ShouldBeFalse();
        Report("c");

        await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        _ended.WaitAsync(3).IsCompleted.ShouldBeTrue("they are there");
        _ended.WaitAsync(4).IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    public async Task A_waiting_that_was_given_up_does_not_change_what_the_next_one_waits_for(int givenUp, int wanted)
    {
        _ = _ended.WaitAsync(givenUp);
        Task waiting = _ended.WaitAsync(wanted);

        for (int i = 1; i <= wanted; i++)
        {
            waiting.IsCompleted.ShouldBeFalse();
            Report($"{i}");
        }

        await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_waiting_that_was_given_up_and_then_came_true_leaves_nothing_for_the_next_one()
    {
        _ = _ended.WaitAsync();
        Report("a");
        _ended.Collect();

        Task waiting = _ended.WaitAsync();

        waiting.IsCompleted.ShouldBeFalse();
        Report("b");
        await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_waits_goes_on_on_the_job_thread_that_reports_and_on_no_thread_of_others()
    {
        using var threads = new JobThreads("test");

        Task<Thread> waiting = GoesOnAsync();
        threads.Post(() => Report("a"));
        (await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken)).Name.ShouldStartWith("rq job test");

        _ended.Collect();
        waiting = GoesOnAsync();
        var stranger = new Thread(() => Report("b"));
        stranger.Start();
        Thread thread = await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        (thread == stranger, thread.IsThreadPoolThread).ShouldBe((false, true));

        async Task<Thread> GoesOnAsync()
        {
            await _ended.WaitAsync().ConfigureAwait(false);
            return Thread.CurrentThread;
        }
    }

    [Fact]
    public void What_is_collected_runs_no_more_and_counts_as_reported_no_more()
    {
        RunningExecution a = Report("a"), b = Report("b");
        RunningExecution runs = Add("runs");
        _ended.WaitAsync(2).IsCompleted.ShouldBeTrue();
        (_ended.HasUnsettled, _running.Count).ShouldBe((false, 3));

        _ended.Collect();
        _ended.Collect();

        _ended.WaitAsync().IsCompleted.ShouldBeFalse();
        _ended.UnsettledCount.ShouldBe(2);
        _running.All.ShouldBe([runs]);
        _ended.IsUnsettled(a.Execution.Id).ShouldBeTrue();
        _ended.IsUnsettled(b.Execution.Id).ShouldBeTrue();
        _ended.IsUnsettled(runs.Execution.Id).ShouldBeFalse();
        Take().ShouldBe(["a", "b"]);
    }

    [Fact]
    public void What_was_reported_while_it_collected_comes_with_the_next_collecting()
    {
        Report("a");
        _ended.Collect();
        Report("b");
        Report("c");
        _ended.Collect();

        Take().ShouldBe(["a", "b", "c"]);
        _ended.HasUnsettled.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_that_are_reported_at_once_each_is_collected_once()
    {
        const int threads = 8, each = 500;
        Task[] reporters = [.. Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(() =>
        {
            for (int i = 0; i < each; i++)
                Report($"{thread}-{i}");
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];

        while (_ended.UnsettledCount < threads * each)
        {
            await _ended.WaitAsync(Math.Min(100, threads * each - _ended.UnsettledCount)).WaitAsync(s_limit, TestContext.Current.CancellationToken);
            _ended.Collect();
        }

        await Task.WhenAll(reporters);
        string[] all = Take();
        all.Order().ShouldBe(Enumerable.Range(0, threads).SelectMany(thread => Enumerable.Range(0, each).Select(i => $"{thread}-{i}")).Order());
        all.Where(id => id.StartsWith("3-", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(0, each).Select(i => $"3-{i}"), "those of one thread in their order");
    }

    [Fact]
    public void One_whose_function_is_not_known_here_was_none_that_counts()
    {
        foreach (string id in new[] { "ran", "unknown", "back" })
            _limits.Begin();

        Report("ran", new Outcome.Finished(null));
        Report("unknown", new Outcome.GivenBack(UnknownSince: DateTimeOffset.UnixEpoch));
        Report("back", new Outcome.GivenBack());
        _ended.LeavesToOthers.ShouldBeFalse("nothing is collected");
        _ended.Collect();

        _limits.Count.ShouldBe(2);
        _ended.LeavesToOthers.ShouldBeTrue();
    }

    [Fact]
    public void A_burst_worker_leaves_nothing_to_others_but_whole_queues_that_it_has_seen_twice()
    {
        Make(new WorkerOptions { Burst = true });
        ReportUnknown("a", "odd");
        _ended.Collect();
        (_ended.LeavesToOthers, _ended.LeftOut.Count).ShouldBe((false, 0));

        ReportUnknown("a", "odd");
        _ended.Collect();
        _ended.LeftOut.ShouldBe(["odd"]);

        Report("b");
        _ended.Collect();
        _ended.LeftOut.ShouldBeEmpty("it may have enqueued others");
        ReportUnknown("c", "odd");
        _ended.Collect();
        _ended.LookAgain().ShouldBeTrue();
        _ended.LookAgain().ShouldBeFalse();
    }

    [Fact]
    public async Task What_could_not_be_settled_is_unsettled_again_before_what_has_ended_since()
    {
        foreach (string id in new[] { "a", "b", "c", "d" })
            _ended.GiveBack(Execution(id));
        await _rq.Database.StringSetAsync(_rq.Keys.WorkerExecutions("w"), "no set");

        EndedExecutions.Settling settling = _ended.BeginSettling(3);
        settling.Ended.Select(ended => ended.Execution.JobId).ShouldBe(["a", "b", "c"]);
        _ended.UnsettledCount.ShouldBe(1, "those on their way are not unsettled");
        _ended.IsUnsettled("a").ShouldBeFalse();
        _ended.GiveBack(Execution("e"));
        await Should.ThrowAsync<RedisServerException>(() => _ended.EndAsync(settling));

        _ended.IsUnsettled("a").ShouldBeTrue();
        Take().ShouldBe(["a", "b", "c", "d", "e"]);
    }

    [Fact]
    public async Task Of_two_settlings_that_fail_the_older_one_stays_the_older()
    {
        foreach (string id in new[] { "a", "b", "c" })
            _ended.GiveBack(Execution(id));
        await _rq.Database.StringSetAsync(_rq.Keys.WorkerExecutions("w"), "no set");
        EndedExecutions.Settling first = _ended.BeginSettling(1), second = _ended.BeginSettling(1);

        // They are answered in the order in which they were sent.
        await Should.ThrowAsync<RedisServerException>(() => _ended.EndAsync(first));
        await Should.ThrowAsync<RedisServerException>(() => _ended.EndAsync(second));

        Take().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task What_failed_to_be_settled_is_settled_when_the_server_allows_it()
    {
        foreach (string id in new[] { "a", "b" })
            _ended.GiveBack(Execution(id));
        await _rq.Database.StringSetAsync(_rq.Keys.WorkerExecutions("w"), "no set");
        await Should.ThrowAsync<RedisServerException>(() => _ended.SettleAsync());
        _ended.UnsettledCount.ShouldBe(2);

        await _rq.Database.KeyDeleteAsync(_rq.Keys.WorkerExecutions("w"));
        (await _ended.SettleAsync()).ShouldBeTrue("what was given back may be on its queue");

        _ended.HasUnsettled.ShouldBeFalse();
        (await _ended.SettleAsync()).ShouldBeFalse("there is nothing");
    }

    [Fact]
    public async Task Settling_nothing_sends_nothing_and_changes_nothing()
    {
        EndedExecutions.Settling settling = _ended.BeginSettling(10);

        settling.Ended.ShouldBeEmpty();
        settling.Sent.IsCompletedSuccessfully.ShouldBeTrue();
        (await _ended.EndAsync(settling)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_follow_up_keeps_the_worker_from_being_idle_until_its_end_is_told_and_wakes_who_waits()
    {
        Task waiting = _ended.WaitAsync(5);
        _ended.FollowUps.Begin("parent");
        _ended.IsIdle.ShouldBeFalse();

        await waiting.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        _ended.WaitAsync(5).IsCompleted.ShouldBeTrue("nobody has been told yet");
        _ended.IsIdle.ShouldBeFalse("it may have put jobs on queues");
        _ended.FollowUps.TakeEnded().ShouldBeTrue();
        _ended.FollowUps.TakeEnded().ShouldBeFalse();
        _ended.WaitAsync(5).IsCompleted.ShouldBeFalse();
        _ended.IsIdle.ShouldBeTrue();
    }

    [Fact]
    public async Task A_worker_that_stops_and_waits_for_a_job_does_not_spin_when_a_follow_up_has_ended()
    {
        RunningExecution runs = Add("runs");
        _ended.FollowUps.Begin("parent");
        await _ended.FollowUps.CompleteAsync().WaitAsync(s_limit, TestContext.Current.CancellationToken);
        int looks = 0;
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task stopping = Task.Run(() => new WorkerShutdown(_setup, _running, _ended).CompleteAsync(
            isRequested: false,
            () =>
            {
                looked.TrySetResult();
                return Interlocked.Increment(ref looks) > 0 && !_ended.HasUnsettled;
            },
            async () => await _ended.SettleAsync() || true,
            CancellationToken.None));
        await looked.Task.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        runs.TryEnd().ShouldBeTrue();
        _ended.Report(runs, new Outcome.Finished(null));
        await stopping.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        looks.ShouldBeLessThan(6);
    }

    private void Make(WorkerOptions options)
    {
        _setup?.Deadlines.Dispose();
        _setup = new WorkerSetup(_rq, "w", ["q", "odd"], options, NullLogger.Instance);
        _limits = new WorkerLimits(_setup);
        _ended = new EndedExecutions(_setup, _running, _limits);
    }

    /// <summary>What is unsettled, in order; it is not settled by this.</summary>
    private string[] Take()
    {
        // Those are unknown to the server: settling them would find them gone.
        EndedExecutions.Settling all = _ended.BeginSettling(int.MaxValue);
        _ = all.Sent.ContinueWith(static sent => sent.Exception, TaskScheduler.Default);
        return [.. all.Ended.Select(ended => ended.Execution.JobId)];
    }

    private RunningExecution Add(string id, string queue = "q")
    {
        var running = new RunningExecution(Execution(id, queue));
        _running.Add(running);
        return running;
    }

    private RunningExecution Report(string id, Outcome? outcome = null, string queue = "q")
    {
        RunningExecution running = Add(id, queue);
        _ended.Report(running, outcome ?? new Outcome.Finished(null));
        return running;
    }

    private void ReportUnknown(string id, string queue) => Report(id, new Outcome.GivenBack(UnknownSince: DateTimeOffset.UnixEpoch), queue);

    private static Execution Execution(string id, string queue = "q") =>
        new(id, queue, "w", JobHash.Read(id, RedisResult.Create(Array.Empty<RedisValue>())), DateTimeOffset.UnixEpoch);
}
