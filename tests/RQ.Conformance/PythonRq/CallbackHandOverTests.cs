using RQ.Conformance.Queues;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Callbacks in the language that did not run the job.</summary>
public class CallbackHandOverTests
{
    [Fact]
    public async Task Pythons_callbacks_of_jobs_that_run_here_are_run_by_python()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("orders.add", TestJobs.Add).Add("orders.fail", TestJobs.Fail);
        string[] ids = (await python.RunAsync("""
            import python_calls
            q = queue()
            print(q.enqueue('orders.add', 1, 2, on_success=python_calls.note).id, q.enqueue('orders.fail', 'boom', on_failure=python_calls.note, job_id='order:4.2').id)
            """)).Split();

        (await world.RunBurstAsync()).ShouldBe(2);
        await python.WorkAsync("default");

        (await NotedAsync(world, ids[0])).ShouldBe(["[None, 3] 60"]);
        (await NotedAsync(world, ids[1])).ShouldBe(["[None, 'System.InvalidOperationException', 'boom', 'System.InvalidOperationException: boom'] 60"]);
        await python.RunAsync($"assert fetch('{ids[0]}').is_finished and fetch('{ids[1]}').is_failed");
    }

    [Fact]
    public async Task Workers_of_both_languages_on_one_queue_call_them()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 2);
        var callback = Callback.To("python_calls.note");
        string key = Guid.NewGuid().ToString();
        Job stopped = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), new JobOptions { OnStopped = callback });
        await CallbackJobs.ExecutionOfAsync(key);
        await python.RunAsync($"""
            from rq.command import send_stop_job_command
            send_stop_job_command(redis, '{stopped.Id}')
            """);
        Job succeeded = await world.Queue().EnqueueAsync(() => TestJobs.Echo("résumé"), new JobOptions { OnSuccess = callback });
        await succeeded.WaitForResultAsync(Eventually.Limit);
        await Should.ThrowAsync<JobFailedException>(() => stopped.WaitForResultAsync(Eventually.Limit));

        using PythonWorker other = python.StartWorker("default");

        await Eventually.BecomesAsync(async () => (await NotedAsync(world, succeeded.Id)).Length + (await NotedAsync(world, stopped.Id)).Length == 2, "both callbacks have run");
        (await NotedAsync(world, succeeded.Id)).ShouldBe(["[None, 'résumé'] 60"]);
        (await NotedAsync(world, stopped.Id)).ShouldBe(["[None] 60"]);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Our_callbacks_of_jobs_that_python_runs_are_run_here()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job shaped = await world.Queue("python").EnqueueAsync(
            (IStubs stubs) => stubs.Total(4, 5), new JobOptions { OnSuccess = Callback.To(AfterJobs.OnItsQueue) });
        Job succeeded = await world.Queue("python").EnqueueAsync((IStubs stubs) => stubs.Total(1, 2), All());
        Job failed = await world.Queue("python").EnqueueAsync((IStubs stubs) => stubs.Fail("bad thing"), All() with { Retry = new Retry(2) });
        Job byName = await world.Queue("python").EnqueueAsync(JobCall.To("python_calls.total", 5), All());
        (await world.RunBurstAsync(["net"])).ShouldBe(0);

        await python.WorkAsync("python");
        await world.RunBurstAsync(["net", "attributed"]);

        TestJobs.Noted(shaped.Id).ShouldBe(["attributed 9"]);
        TestJobs.Noted(succeeded.Id).ShouldBe(["success 3 Finished"]);
        TestJobs.Noted(byName.Id).ShouldBe(["success 5 Finished"]);
        TestJobs.Noted(failed.Id).ShouldBe(["failure Failed JobFailedException: Traceback (most recent call last):"]);
        (await world.Queue("net").Deferred.GetJobIdsAsync()).ShouldAllBe(id => id.StartsWith(failed.Id, StringComparison.Ordinal));
        (await world.Queue("net").Deferred.CountAsync()).ShouldBe(2, "it may be requeued");
        (await world.Queue("net").CountAsync()).ShouldBe(0);
        (await world.Queue("net").Failed.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_failed_in_python_and_is_requeued_there_calls_ours()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue("python").EnqueueAsync((IStubs stubs) => stubs.SecondTime(), All());
        await python.WorkAsync("python");
        // The failure callback is called, the others wait again.
        (await world.RunBurstAsync(["net"])).ShouldBe(3);
        TestJobs.Noted(job.Id).ShouldBe(["failure Failed JobFailedException: Traceback (most recent call last):"]);

        await python.CommandAsync("requeue", "--queue", "python", job.Id);
        await python.WorkAsync("python");
        await world.RunBurstAsync(["net"]);

        TestJobs.Noted(job.Id)[1..].ShouldBe(["success 7 Finished"]);
        (await world.Queue("net").Deferred.CountAsync()).ShouldBe(0);
        (await world.Queue("net").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_pythons_clean_up_fails_calls_ours()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue("python").EnqueueAsync(JobCall.To("python_tasks.wait_for", "never"), All());
        using (PythonWorker victim = python.StartWorker("python"))
        {
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "it runs");
            victim.Kill();
        }

        await python.RunAsync($"""
            from rq.registry import clean_registries
            redis.zadd('rq:wip:python', dict.fromkeys(['{job.Id}'], 1))
            clean_registries(queue('python'))
            assert fetch('{job.Id}').is_failed and queue('net').count == 0 and queue('net').deferred_job_registry.count == 3
            """);

        // Its maintenance begins with a look at its queues.
        world.StartWorker(["net"]);

        await Eventually.BecomesAsync(() => Task.FromResult(TestJobs.Noted(job.Id).Length > 0), "the failure callback has run");
        TestJobs.Noted(job.Id).ShouldHaveSingleItem().ShouldStartWith("failure Failed JobFailedException: Moved to FailedJobRegistry at ");
    }

    [Fact]
    public async Task A_job_that_is_stopped_in_python_calls_ours()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        using PythonWorker worker = python.StartWorker("python");
        Job job = await world.Queue("python").EnqueueAsync(JobCall.To("python_tasks.wait_for", "never"), All());
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "it runs");
        await python.RunAsync($"""
            from rq.command import send_stop_job_command
            send_stop_job_command(redis, '{job.Id}')
            """);
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        await Eventually.BecomesAsync(async () => await world.Queue("net").CountAsync() == 3, "Python has released them");

        await world.RunBurstAsync(["net"]);

        TestJobs.Noted(job.Id).ShouldBe(["stopped Stopped"]);
        (await world.Queue("net").Deferred.CountAsync()).ShouldBe(2, "it may be requeued");
    }

    [Fact]
    public async Task Jobs_that_python_cancels_or_deletes_leave_no_callbacks_behind()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job canceled = await world.Queue("python").EnqueueAsync((IStubs stubs) => stubs.Total(1), All());
        Job deleted = await world.Queue("python").EnqueueAsync((IStubs stubs) => stubs.Total(2), All());
        await python.RunAsync($"""
            fetch('{canceled.Id}').cancel()
            fetch('{deleted.Id}').delete()
            """);
        (await world.Queue("net").Deferred.GetJobIdsAsync()).Count.ShouldBe(6);

        // Its maintenance begins with a look at its queues.
        world.StartWorker(["net"]);

        await Eventually.BecomesAsync(async () => (await world.Queue("net").Deferred.GetJobIdsAsync()).Count == 0, "they were found");
        TestJobs.Noted(canceled.Id).Concat(TestJobs.Noted(deleted.Id)).ShouldBeEmpty();
    }

    private static JobOptions All() => new()
    {
        OnSuccess = Callback.To(AfterJobs.Succeeded).AsJob("net"),
        OnFailure = Callback.To(AfterJobs.Failed).AsJob("net"),
        OnStopped = Callback.To(AfterJobs.Stopped).AsJob("net"),
    };

    private static async Task<string[]> NotedAsync(TestWorld world, string id) =>
        Array.ConvertAll(await world.Rq.Database.ListRangeAsync("noted:" + id), each => (string)each!);

    [PythonModule("python_calls")]
    public interface IStubs
    {
        int Total(params int[] numbers);

        void Fail(string message);

        int SecondTime();
    }
}
