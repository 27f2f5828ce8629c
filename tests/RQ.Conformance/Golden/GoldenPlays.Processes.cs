using System.Runtime.InteropServices;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Golden;

/// <summary>The plays in which processes die: work horses, and workers with all that they ran.</summary>
internal static partial class GoldenPlays
{
    private static async Task HeartbeatWhileRunningAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "hb-1", Timeout = Seconds(600) });
        run.World.StartWorker(["default"], options => (options.Name, options.MonitoringInterval) = (GoldenRun.WorkerName, Seconds(1)));
        await HasBeatenAsync(run, "hb-1", "default");
        string first = await BeatAsync();
        await Eventually.BecomesAsync(async () => await BeatAsync() != first, "the job's execution is extended");
        await run.SnapAsync("after two heartbeats");
        run.Tasks.Gate.Open();

        async Task<string> BeatAsync() => (string?)await run.World.Rq.Database.HashGetAsync("rq:job:hb-1", "last_heartbeat") ?? "";
    }

    private static async Task HorseDiedAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.kill_self"), new JobOptions { Id = "hk-1" });
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.exit_code"), new JobOptions { Id = "hk-2" });
        await run.World.RunHorseBurstAsync(configure: Named);
        await run.SnapAsync("after burst");
    }

    private static async Task KillHorseAndShutdownAsync(GoldenRun run)
    {
        Job job = await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "kh-1" });
        RunningWorker worker = run.World.StartHorseWorker(configure: Named);
        await HasBeatenElsewhereAsync(run, job.Id);
        (await Worker.SendKillHorseAsync(run.World.Rq, GoldenRun.WorkerName)).ShouldBeTrue();
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        await Eventually.BecomesAsync(async () => await run.WorkerFieldAsync("state") == "idle", "the worker is idle");
        await run.SnapAsync("after kill-horse");
        (await Worker.SendShutdownAsync(run.World.Rq, GoldenRun.WorkerName)).ShouldBeTrue();
        await worker.Completion.WaitAsync(Eventually.Limit);
        await run.SnapAsync("after shutdown");
    }

    private static async Task ColdShutdownAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "cs-1" });
        await using WorkerProcess worker = await WorkerProcess.StartAsync(run.World.Url, "--isolation", "work-horse", "--name", GoldenRun.WorkerName, "default");
        await HasBeatenElsewhereAsync(run, "cs-1");
        worker.Signal(PosixSignal.SIGTERM);
        await Eventually.BecomesAsync(async () => (await run.WorkerFieldAsync("shutdown_requested_date")).Length > 0, "the worker is told to stop");
        // A second signal within a second counts as the first one, which reached the whole process group.
        await Task.Delay(TimeSpan.FromSeconds(1.4));
        worker.Signal(PosixSignal.SIGTERM);
        await worker.ExitAsync();
        await run.SnapAsync("after");
    }

    private static async Task AbandonedAsync(GoldenRun run)
    {
        // RQ fails what its dead workers leave behind; ours is run again unless told otherwise.
        Job job = await run.World.Queue().EnqueueAsync(
            JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "ab-1", OnAbandoned = AbandonedJob.Fail });
        await using WorkerProcess worker = await WorkerProcess.StartAsync(run.World.Url, "--name", GoldenRun.WorkerName, "default");
        await HasBeatenElsewhereAsync(run, job.Id);
        worker.Kill();
        await run.SnapAsync("worker and horse dead, job still started");
        RunningWorker other = run.World.StartWorker(["other"], options => options.Name = "other-worker");
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        await other.StopAsync();
        // Who looks after what dead workers left, for half a minute.
        await run.World.Rq.Database.KeyDeleteAsync("rq:cleaning:leftovers:other");
        await run.SnapAsync("after StartedJobRegistry.cleanup()");
    }

    private static void Named(WorkerOptions options)
    {
        options.Name = GoldenRun.WorkerName;
        options.WorkHorses.Command = options.WorkHorses.Command! with { HandedOver = [.. options.WorkHorses.Command.HandedOver, "--name", GoldenRun.WorkerName] };
    }

    private static async Task HasBeatenElsewhereAsync(GoldenRun run, string job)
    {
        await Eventually.BecomesAsync(() => run.ExistsAsync($"rq:executions:{job}"), "the execution's heartbeat is written");
        await Eventually.BecomesAsync(async () => !await run.ExistsAsync("rq:clean_registries:default"), "the worker's first maintenance is over");
    }
}
