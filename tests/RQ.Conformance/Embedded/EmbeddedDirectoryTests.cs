using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Embedded;

public sealed class EmbeddedDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rq-embedded-");

    private string Url => $"embedded:path={_directory.FullName}";

    [Fact]
    public async Task A_job_survives_a_restart()
    {
        string id;
        await using (RqConnection rq = await RqConnection.ConnectAsync(Url))
            id = (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).Id;

        await using (RqConnection rq = await RqConnection.ConnectAsync(Url))
        {
            Job<int> job = await Job<int>.FetchAsync(id, rq);
            job.Status.ShouldBe(JobStatus.Queued);
            await new Worker(["default"], rq, new WorkerOptions { Burst = true, Functions = new JobFunctions().AddAssemblyOf<Backend>() }).RunAsync(CancellationToken.None);
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }
    }

    [Fact]
    public async Task A_worker_process_and_this_one_share_a_directory()
    {
        await using WorkerProcess worker = await WorkerProcess.StartAsync(Url);
        await using RqConnection rq = await RqConnection.ConnectAsync(Url);

        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }

    /// <summary>The embedded server goes on serving the blocking pop of a client that is gone.</summary>
    [Fact]
    public async Task A_job_pushed_after_an_idle_worker_was_killed_is_not_lost()
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(Url);
        var functions = new JobFunctions().AddAssemblyOf<Backend>();
        await using var survivor = new RunningWorker(new Worker(["other"], rq, new WorkerOptions { Functions = functions }));
        await using WorkerProcess victim = await WorkerProcess.StartAsync(Url, "default");
        victim.Kill();

        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        await Eventually.BecomesAsync(async () => await rq.Database.SortedSetLengthAsync(rq.Keys.Leases) == 1, "the dead worker is buried");

        (await new Queue("default", rq).GetJobIdsAsync()).ShouldBe([job.Id]);
        await new Worker(["default"], rq, new WorkerOptions { Burst = true, Functions = functions }).RunAsync(CancellationToken.None);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
