using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Security;

/// <summary>All that the users of a role do, with a connection of theirs.</summary>
internal static class RoleWork
{
    /// <summary>Enqueues in every way, looks at its jobs, cancels some.</summary>
    public static async Task ProduceAsync(RqConnection rq, string id = "an-id")
    {
        var queue = new Queue("default", rq);
        Job plain = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));
        IReadOnlyList<Job> many = await queue.EnqueueManyAsync(Enumerable.Range(0, 3).Select(i => JobCall.To("RQ.TestSupport.TestJobs.Add", i, 1)));
        // An id that is queued, deferred, scheduled is replaced.
        foreach (JobOptions options in new[]
        {
            new JobOptions(), new JobOptions { AtFront = true, Retry = new Retry(2, TimeSpan.FromSeconds(1)), Repeat = new Repeat(1, TimeSpan.FromSeconds(1)) },
            new JobOptions { DependsOn = [plain, many[0]], Meta = new Dictionary<string, object?> { ["k"] = 1 } }, new JobOptions { DueIn = TimeSpan.FromMinutes(1) },
            new JobOptions { OnSuccess = Callback.To("RQ.TestSupport.TestJobs.Echo").AsJob(), OnFailure = Callback.To("RQ.TestSupport.TestJobs.Echo") }, new JobOptions(),
        })
            await queue.EnqueueAsync(() => TestJobs.Nothing(), options with { Id = id });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id + "-unique", Unique = UniqueJob.WhileStored });
        await Should.ThrowAsync<DuplicateJobException>(() => queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id + "-unique", Unique = UniqueJob.WhileStored }));
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Group = "a-group" });
        for (int i = 0; i < 2; i++)
            await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { RateLimit = new RateLimit("a-limit", 1) });
        Job later = await queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddDays(1), () => TestJobs.Nothing());
        await new Queue("short", rq, new QueueOptions { MaxLength = 100 }).EnqueueAsync(() => TestJobs.Nothing());

        (await Job.FetchAsync(plain.Id, rq)).Arguments.ShouldBe([1L, 2L]);
        (await plain.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await Job.ExistsAsync(plain.Id, rq)).ShouldBeTrue();
        (await Job.FetchManyAsync(many.Select(job => job.Id), rq)).Count.ShouldBe(3);
        (await queue.CountAsync()).ShouldBeGreaterThan(4);
        (await queue.GetJobIdsAsync()).ShouldNotBeEmpty();
        (await queue.GetPositionAsync(plain)).ShouldNotBeNull();
        (await plain.GetLogAsync()).ShouldBeEmpty();
        await many[1].SetMetaAsync("k", 1);
        await later.RescheduleAsync(DateTimeOffset.UtcNow.AddDays(2));
        await later.CancelAsync();
        // Those that wait for it fail with it.
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(many[2].Id) { IfUnmet = UnmetDependency.Fail } });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(many[2].Id) { IfUnmet = UnmetDependency.Run } });
        await many[2].CancelAsync();
    }

    /// <summary>Cancels a job while it runs.</summary>
    public static async Task CancelRunningAsync(RqConnection rq, RqConnection admin)
    {
        string gate = $"{Guid.NewGuid():N}";
        Job job = await new Queue("gated", rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, default));
        await using var worker = new RunningWorker(new Worker(["gated"], admin, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }));
        await TestJobs.Gate(gate).HasEnteredAsync();
        await job.CancelAsync();
        TestJobs.Gate(gate).Open();
        await worker.StopAsync();
    }

    /// <summary>The command <c>rq</c>, which must end well.</summary>
    public static async Task RunToolAsync(string url, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [WorkerProcess.Tool, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["RQ_REDIS_URL"] = url;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        process.ExitCode.ShouldBe(0, await errors + await output);
    }

    /// <summary>Reads results, also of jobs that end while it waits.</summary>
    public static async Task ReadResultsAsync(RqConnection rq, Job ended, Job waiting, Func<Task> end)
    {
        (await (await Job.FetchAsync(ended.Id, rq)).GetLatestResultAsync()).ShouldNotBeNull();
        (await (await Job.FetchAsync(ended.Id, rq)).GetResultsAsync()).ShouldNotBeEmpty();
        Task<JobResult> result = (await Job.FetchAsync(waiting.Id, rq)).WaitForResultAsync(Eventually.Limit);
        await end();
        (await result).IsSuccessful.ShouldBeTrue();
    }

    /// <summary>What workers do: jobs of all kinds are taken, run, and end in all ways; what others left behind is put right.</summary>
    public static async Task WorkAsync(RqConnection rq, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { Burst = true, Functions = new JobFunctions().AddAssemblyOf<TestWorld>(), CallbackQueue = "callbacks" };
        configure?.Invoke(options);
        (await new Worker(["default", "low"], rq, options).RunAsync().WaitAsync(Eventually.Limit)).ShouldBeGreaterThan(5);
    }

    /// <summary>What those do who only look.</summary>
    public static async Task LookAsync(RqConnection rq)
    {
        foreach (Queue queue in await Queue.AllAsync(rq))
        {
            await queue.CountAsync();
            foreach (Job waiting in await queue.GetJobsAsync())
                await waiting.GetPositionAsync();
            foreach (JobRegistry registry in new[] { queue.Started, queue.Finished, queue.Failed, queue.Deferred, queue.Scheduled, queue.Canceled })
            {
                await registry.CountAsync();
                foreach (Job job in await registry.GetJobsAsync())
                {
                    await registry.GetTimeAsync(job.Id);
                    await job.GetResultsAsync();
                    await job.GetExecutionsAsync();
                    await job.GetDependentsAsync();
                    await job.GetLogAsync();
                }
            }

            await Worker.AllAsync(queue);
            await queue.IsPausedAsync();
        }

        await Worker.AllAsync(rq);
        await Worker.AreSuspendedAsync(rq);
        await Group.AllAsync(rq);
        await rq.Cron.ListAsync();
        await rq.Cron.ListSchedulersAsync();
    }
}
