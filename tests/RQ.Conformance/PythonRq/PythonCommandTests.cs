using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>The commands of Python's <c>rq</c> on our queues, jobs and workers.</summary>
public class PythonCommandTests
{
    [Fact]
    public async Task Rq_info_shows_our_queues_and_workers_with_each_of_its_options()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        for (int i = 0; i < 12; i++)
            await mixed.Queue("later").EnqueueAsync(() => PythonSharedTasks.Add(1, 2));
        await mixed.Queue("single").EnqueueAsync(() => PythonSharedTasks.Add(1, 2));
        foreach (string queue in (string[])["later", "single"])
            await mixed.Queue(queue).PauseAsync();
        mixed.World.StartWorker(["later", "other"], options => options.Name = "net-worker");
        mixed.World.StartWorker(["single", "later"], options => options.Name = "second");
        await Eventually.BecomesAsync(
            async () => (await Worker.AllAsync(mixed.World.Rq)).Count(worker => worker.State == "idle") == 2, "both workers are idle");
        string me = $"({Environment.MachineName} ";

        string[] all = await InfoAsync();
        all.ShouldContain(line => line.StartsWith("later        |████", StringComparison.Ordinal) && line.EndsWith(" 12", StringComparison.Ordinal));
        all.ShouldContain("2 queues, 13 jobs total");
        all.ShouldContain(line => line.StartsWith("net-worker " + me, StringComparison.Ordinal) && line.EndsWith($" {Environment.ProcessId}): idle later, other", StringComparison.Ordinal));
        all.ShouldContain("2 workers, 2 queues");

        (await InfoAsync("--raw", "-Q")).ShouldBe(["queue later 12", "queue single 1"], ignoreOrder: true);
        string[] workers = await InfoAsync("--raw", "-W");
        workers.Length.ShouldBe(2);
        workers.ShouldAllBe(line => line.Contains($" {Environment.ProcessId}) idle ", StringComparison.Ordinal));
        workers.ShouldContain(line => line.StartsWith("worker net-worker ", StringComparison.Ordinal) && line.EndsWith(" idle later, other", StringComparison.Ordinal));

        // Named queues: their workers only.
        (await InfoAsync("--raw", "other")).ShouldBe(["queue other 0", workers.Single(line => line.Contains("net-worker"))]);
        (await InfoAsync("-Q", "single")).ShouldContain("1 queues, 1 jobs total");
        (await InfoAsync("-W", "single")).ShouldContain("1 workers, 1 queues");
        // -R fails in RQ 1.13 whatever there is ("for q, in queue_dict.keys()"); the sets that it reads are right.
        await mixed.Python.RunAsync("""
            assert sorted(each.name for each in Worker.all(queue=queue('later'))) == ['net-worker', 'second']
            assert [[each.name for each in Worker.all(queue=queue(name))] for name in ('single', 'other')] == [['second'], ['net-worker']]
            """);

        async Task<string[]> InfoAsync(params string[] arguments) =>
            (await mixed.Side.CommandAsync(["info", .. arguments])).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Rq_requeue_puts_our_failed_jobs_back()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        foreach (string id in (string[])["a", "b", "c"])
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(1, null!), new JobOptions { Id = id });
        await mixed.World.RunBurstAsync();

        (await mixed.Side.CommandAsync("requeue", "--queue", "default", "b")).ShouldContain("Requeueing 1 jobs from failed queue");
        (await mixed.Queue().GetJobIdsAsync()).ShouldBe(["b"]);
        (await mixed.Side.CommandAsync("requeue", "--queue", "default", "--all")).ShouldContain("Requeueing 2 jobs from failed queue");
        (await mixed.Queue().GetJobIdsAsync()).ShouldBe(["a", "b", "c"], ignoreOrder: true);
        (await mixed.Side.CommandAsync("requeue", "--queue", "default", "--all")).ShouldContain("Nothing to do");
        // A job that is not failed is refused, and stays where it is.
        (await Should.ThrowAsync<InvalidOperationException>(() => mixed.Side.CommandAsync("requeue", "--queue", "default", "a"))).Message.ShouldContain("InvalidJobOperation");

        (await mixed.World.RunBurstAsync()).ShouldBe(3);
        await mixed.Python.RunAsync("assert all(fetch(id).return_value() == 2 for id in 'abc') and q.failed_job_registry.count == 0");
    }

    [Fact]
    public async Task Rq_empty_takes_our_jobs_away_and_nothing_else()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job running = await mixed.Queue("one").EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "running" });
        mixed.World.StartWorker(["one"]);
        await mixed.HasBegunAsync("running");
        foreach (string queue in (string[])["one", "two"])
        {
            for (int i = 0; i < 3; i++)
                await mixed.Queue(queue).EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = $"{queue}-{i}" });
            await mixed.Queue(queue).EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = queue + "-later", DueIn = TimeSpan.FromHours(1) });
        }

        (await mixed.Side.CommandAsync("empty", "one")).Trim().ShouldBe("3 jobs removed from one queue");
        (await mixed.Queue("one").CountAsync()).ShouldBe(0);
        (await mixed.Queue("two").CountAsync()).ShouldBe(3);
        (await mixed.Side.CommandAsync("empty", "--all")).ShouldContain("3 jobs removed from two queue");
        await mixed.OpenAsync("gate");
        (await running.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("gate");
        await mixed.Python.RunAsync("""
            assert queue('one').scheduled_job_registry.get_job_ids() == ['one-later'] and queue('two').scheduled_job_registry.get_job_ids() == ['two-later']
            assert sorted(key.decode() for key in redis.keys('rq:job:*')) == ['rq:job:one-later', 'rq:job:running', 'rq:job:two-later']
            """);
    }

    [Fact]
    public async Task Rq_enqueue_puts_jobs_on_our_queues_with_all_its_options()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await EnqueueAsync("--job-id", "plain", "shared_tasks.add", ":1", ":2");
        await EnqueueAsync("--job-id", "named", "--description", "a sum", "--timeout", "30", "--result-ttl", "100", "--ttl", "200", "--failure-ttl", "300",
            "shared_tasks.add", "x:=3", "y:=4");
        await EnqueueAsync("--job-id", "text", "--at-front", "shared_tasks.echo", "a text");
        await EnqueueAsync("--job-id", "data", "shared_tasks.echo", """:{"k": [1, null, true, "é"]}""");
        await EnqueueAsync("--job-id", "literal", "shared_tasks.echo", "%(1, 2.5, {'k': b'\\x00'})");
        await EnqueueAsync("--job-id", "child", "--depends-on", "plain", "shared_tasks.add", ":5", ":6");
        await EnqueueAsync("--job-id", "retried", "--retry-max", "2", "--retry-interval", "0", "shared_tasks.fail_times", ":2");
        await EnqueueAsync("--job-id", "soon", "--schedule-in", "1s", "shared_tasks.add", ":7", ":8");
        (await mixed.Queue().GetJobIdsAsync()).ShouldBe(["text", "plain", "named", "data", "literal", "retried"]);
        Job named = await mixed.FetchAsync("named");
        (named.Description, named.Timeout, named.ResultTtl, named.Ttl, named.FailureTtl).ShouldBe(
            ("a sum", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(300)));

        mixed.World.StartWorker(configure: options => options.WithScheduler = true);
        foreach (string id in (string[])["plain", "named", "text", "data", "literal", "child", "retried", "soon"])
            await mixed.EndsAsync(id);
        await mixed.Python.RunAsync("""
            results = [fetch(id).return_value() for id in ('plain', 'named', 'text', 'data', 'literal', 'child', 'retried', 'soon')]
            assert results == [3, 7, 'a text', {'k': [1, None, True, 'é']}, (1, 2.5, {'k': b'\x00'}), 11, 3, 15], results
            """);

        Task EnqueueAsync(params string[] arguments) => mixed.Side.CommandAsync(["enqueue", .. arguments]);
    }

    [Fact]
    public async Task Rq_worker_runs_our_jobs_of_several_queues_in_its_order_and_leaves_what_it_does_not_listen_to()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        foreach (string queue in (string[])["low", "high", "net"])
        {
            for (int i = 0; i < 2; i++)
                await mixed.Queue(queue).EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = $"{queue}-{i}", AtFront = true });
        }

        await mixed.Side.WorkAsync("high", "low");

        await mixed.Python.RunAsync("""
            order = sorted(('low-0', 'low-1', 'high-0', 'high-1'), key=lambda id: fetch(id).started_at)
            assert order == ['high-1', 'high-0', 'low-1', 'low-0'], order
            assert queue('net').job_ids == ['net-1', 'net-0']
            """);
    }
}
