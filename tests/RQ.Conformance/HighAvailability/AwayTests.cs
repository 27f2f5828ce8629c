using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>What programs and workers do while the server is away: killed, standing still, or behind a link on which nothing passes.</summary>
public sealed class AwayTests
{
    /// <summary>How the server goes away.</summary>
    public enum Way
    {
        Killed,
        Frozen,
        Silent,
        Unanswered,
    }

    [Theory]
    [InlineData(Way.Killed)]
    [InlineData(Way.Frozen)]
    [InlineData(Way.Silent)]
    [InlineData(Way.Unanswered)]
    public async Task A_producer_is_told_within_a_bounded_time_and_nothing_is_half_written(Way way)
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", Serving.Impatient());
        var queue = new Queue("default", rq);
        Job before = await queue.EnqueueAsync(() => TestJobs.Nothing());

        switch (way)
        {
            case Way.Killed:
                server.Kill();
                break;
            case Way.Frozen:
                server.Freeze();
                break;
            case Way.Silent:
                proxy.Stall();
                proxy.Silence();
                break;
            case Way.Unanswered:
                proxy.Stall();
                proxy.DropAnswers();
                break;
        }

        long began = Stopwatch.GetTimestamp();
        Job parent = before;
        Task[] calls =
        [
            .. Enumerable.Range(0, 20).Select(i => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), new JobOptions { Id = $"one-{i}" })),
            .. Enumerable.Range(0, 20).Select(_ => queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"))),
            queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 600)),
            queue.EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing()),
            queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "dependent", DependsOn = [parent] }),
        ];
        foreach (Task call in calls)
        {
            Exception told = await Should.ThrowAsync<Exception>(() => call.WaitAsync(Eventually.Limit));
            (told is RedisConnectionException or RedisTimeoutException).ShouldBeTrue(told.ToString());
        }

        // An answer may take a second here, and a call is sent twice at most; the rest is a busy machine.
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30));

        if (way == Way.Killed)
            await server.StartAsync();
        server.Thaw();
        proxy.Reset();
        proxy.Resume();
        Job<int> after = await Serving.EnqueueAsync(rq);
        // Each job is whole or was never there: what a queue lists exists, and what exists is listed.
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        (await Consistency.ViolationsAsync(direct)).ShouldBeEmpty();
        (await new Queue("default", direct).GetJobIdsAsync()).ShouldContain(after.Id);
        (await new Queue("default", direct).GetJobIdsAsync()).ShouldBeUnique();
    }

    [Fact]
    public async Task S115_an_outage_takes_a_few_log_lines_however_long_it_is()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", Serving.Impatient());
        var log = new FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, ["high", "default"], log, options => options.WithScheduler = true);
        await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        log.Clear();
        int before = proxy.Count;

        server.Kill();
        // What an outage of half a minute does, counted in attempts, not in seconds.
        await Eventually.BecomesAsync(() => proxy.Count - before > 40, "the worker has tried again and again");
        FakeLogRecord[] away = [.. log.GetSnapshot()];
        await server.StartAsync();
        await (await Serving.EnqueueAsync(rq)).WaitForResultAsync(Eventually.Limit);

        away.Count(record => record.Id.Id == 40).ShouldBe(1, "the worker says once that the server is away");
        away.Length.ShouldBeLessThan(12, string.Join('\n', away.Select(record => record.Message)));
        await Eventually.BecomesAsync(() => log.GetSnapshot().Count(record => record.Id.Id == 41) == 1, "it says once that it is back");
    }

    [Fact]
    public async Task S115_work_goes_on_within_seconds_of_the_servers_return()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = Serving.StartWorker(rq);
        await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        Job<int> waiting = await new Queue("later", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        server.Kill();
        await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the connection is lost");
        // Long enough for the longest pauses.
        await Task.Delay(TimeSpan.FromSeconds(6));
        await server.StartAsync();
        long began = Stopwatch.GetTimestamp();
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        Job<int> job = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(20, 22));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        TestContext.Current.SendDiagnosticMessage($"Work went on {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after the server's return.");
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        (await waiting.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }
}
