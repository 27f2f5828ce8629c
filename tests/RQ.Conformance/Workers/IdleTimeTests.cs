using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>The time without work after which a worker ends, while it waits on from job to job.</summary>
public class IdleTimeTests
{
    private static readonly TimeSpan s_most = TimeSpan.FromHours(1);

    [Theory, OnEachBackend]
    public async Task However_many_jobs_come_one_timer_is_kept_for_it(Backend backend)
    {
        var time = new CountingTime();
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.TimeProvider = time);
        RunningWorker worker = world.StartWorker(["a", "b"], options =>
        {
            options.MaxIdleTime = s_most;
            options.Concurrency = 4;
        });
        await Eventually.BecomesAsync(() => time.Kept == 1, "the worker is idle");

        for (int i = 0; i < 50; i++)
        {
            Job<int> job = await world.Queue(i % 2 == 0 ? "a" : "b").EnqueueAsync(() => TestJobs.Add(1, 1));
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        }

        time.Kept.ShouldBeLessThanOrEqualTo(2);
        (await worker.StopAsync()).ShouldBe(50);
        time.Kept.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_waits_on_from_job_to_job_ends_when_none_comes_any_more(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(["a", "b"], options =>
        {
            options.MaxIdleTime = TimeSpan.FromSeconds(2);
            options.Concurrency = 4;
        });
        int jobs = 0;
        while (jobs < 20)
        {
            Job<int> job = await world.Queue(jobs++ % 2 == 0 ? "a" : "b").EnqueueAsync(() => TestJobs.Add(1, 1));
            if (await Task.WhenAny(worker.Completion, job.WaitForResultAsync(Eventually.Limit)) == worker.Completion)
                break;
        }

        long ran = await worker.Completion.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        ran.ShouldBeInRange(jobs - 1, jobs);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message == $"Worker {worker.Name}: idle for 2 seconds, quitting");
        (await world.Queue("a").Started.CountAsync()).ShouldBe(0);
    }

    /// <summary>The system's clock, which counts the timers of about the time without work that are not disposed of.</summary>
    private sealed class CountingTime : TimeProvider
    {
        private int _kept;

        public int Kept => Volatile.Read(ref _kept);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            return dueTime > s_most - TimeSpan.FromMinutes(10) && dueTime <= s_most ? new Counted(timer, this) : timer;
        }

        private sealed class Counted : ITimer
        {
            private readonly ITimer _timer;
            private readonly CountingTime _time;
            private int _isDisposed;

            public Counted(ITimer timer, CountingTime time)
            {
                _timer = timer;
                _time = time;
                Interlocked.Increment(ref time._kept);
            }

            public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                    Interlocked.Decrement(ref _time._kept);
                _timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
