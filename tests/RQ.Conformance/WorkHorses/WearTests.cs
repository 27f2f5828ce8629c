using System.Diagnostics;
using RQ.TestSupport;
using RQ.WorkHorses;
using Shouldly;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>Many jobs, some of which leak or crash: the worker and the other jobs do not notice. Runs alone, because it needs the machine.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Busy")]
public class WearTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public async Task Of_a_thousand_jobs_on_reused_work_horses_all_finish()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 1000).Select(_ => new JobRequest(JobCall.To("RQ.TestSupport.HorseJobs.ProcessId"))));

        (await world.RunHorseBurstAsync(configure: options => options.Concurrency = 2)).ShouldBe(1000);

        (await world.Queue().Finished.CountAsync()).ShouldBe(1000);
    }

    [Fact]
    public async Task Jobs_that_leak_and_jobs_that_crash_leave_the_worker_as_it_was()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        for (int i = 1; i <= 60; i++)
            await world.Queue().EnqueueAsync(() => HorseJobs.LeakOrCrash(i, 50, 10));
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--isolation", "work-horse", "--concurrency", "2", "--max-horse-memory", "200M");
        long before = MemoryOf(worker);

        await Eventually.BecomesAsync(
            async () => await world.Queue().Finished.CountAsync() + await world.Queue().Failed.CountAsync() == 60, "all have ended", TimeSpan.FromMinutes(3));

        (await world.Queue().Failed.CountAsync()).ShouldBe(6);
        (MemoryOf(worker) - before).ShouldBeLessThan(60 * Megabyte);
    }

    [Fact]
    public async Task S107_a_job_that_takes_too_much_memory_is_killed_and_the_reason_says_so()
    {
        // Where the kernel lets us, with a real limit; elsewhere the reading of its counters is tried without one (MemoryKillsTests).
        string group = $"/sys/fs/cgroup/memory/rq-test-{Environment.ProcessId}";
        if (!TryMakeGroup(group))
            return;
        try
        {
            await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
            Job job = await world.Queue().EnqueueAsync(() => HorseJobs.TakeNativeMemory(2000));
            Job next = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

            await world.RunBurstAsync(["default"], world.Horses(["default"], configure: options =>
            {
                HorseCommand plain = options.WorkHorses.Command!;
                options.WorkHorses.Command = plain with
                {
                    FileName = "sh",
                    Arguments = ["-c", $"echo $$ > {group}/cgroup.procs && exec dotnet \"$0\"", WorkerProcess.Tool],
                };
            }));

            (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("ended by SIGKILL; killed, possibly out of memory");
            (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        }
        finally
        {
            await Eventually.BecomesAsync(() => TryDelete(group), "the group is gone");
        }
    }

    private static long MemoryOf(WorkerProcess worker)
    {
        using Process process = Process.GetProcessById(worker.Id);
        return process.WorkingSet64;
    }

    private static bool TryMakeGroup(string group)
    {
        try
        {
            Directory.CreateDirectory(group);
            File.WriteAllText($"{group}/memory.limit_in_bytes", "200M");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TryDelete(string group)
    {
        try
        {
            Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
