using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Jobs of two languages that depend on one another.</summary>
public class MixedFamilyTests
{
    [Theory]
    [InlineData("None")]
    [InlineData("JSONSerializer")]
    public async Task Four_generations_alternate_between_the_languages(string serializer)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        var options = new QueueOptions { Serializer = serializer == "None" ? JobSerializer.Pickle : JobSerializer.Json };
        Queue toPython = mixed.World.Queue("python", options), toDotNet = mixed.World.Queue("net", options);
        await toPython.EnqueueAsync(() => PythonSharedTasks.NextGenerationAsync(null!), new JobOptions { Id = "g1" });
        await mixed.Python.RunAsync($"queue('net', serializer={serializer}).enqueue(shared_tasks.next_generation, job_id='g2', depends_on='g1')");
        await toPython.EnqueueAsync(() => PythonSharedTasks.NextGenerationAsync(null!), new JobOptions { Id = "g3", DependsOn = ["g2"] });
        await mixed.Python.RunAsync($"queue('net', serializer={serializer}).enqueue(shared_tasks.next_generation, job_id='g4', depends_on=['g1', 'g3'])");
        await toDotNet.EnqueueAsync(() => PythonSharedTasks.NextGenerationAsync(null!), new JobOptions { Id = "last", DependsOn = ["g4", "g2"] });

        mixed.StartPythonWorker(serializer == "None" ? ["python"] : ["-S", "rq.serializers.JSONSerializer", "python"]);
        mixed.World.StartWorker(["net"]);
        await mixed.EndsAsync("last");

        // 1; 1 + 1; 1 + 2; 1 + 1 + 3; 1 + 5 + 2
        await mixed.Python.RunAsync($"""
            jobs = [fetch(id, serializer={serializer}) for id in ('g1', 'g2', 'g3', 'g4', 'last')]
            assert [job.return_value() for job in jobs] == [1, 2, 3, 5, 8], [job.return_value() for job in jobs]
            assert all(before.ended_at <= after.started_at for before, after in zip(jobs, jobs[1:])), [job.to_dict() for job in jobs]
            assert [job.dependency_ids for job in jobs][3] == [b'g1', b'g3'] or sorted(jobs[3].dependency_ids) == [b'rq:job:g1', b'rq:job:g3'], jobs[3].dependency_ids
            assert queue('net').deferred_job_registry.count == queue('python').deferred_job_registry.count == 0
            """);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Children_of_a_job_that_the_other_cancels_wait_or_are_queued_as_it_says(bool pythonCancels)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        if (pythonCancels)
        {
            foreach (string name in (string[])["held", "released"])
            {
                Job parent = await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = name });
                await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(3, 4), new JobOptions { Id = name + "-child", DependsOn = [parent] });
            }

            await mixed.Python.RunAsync("fetch('held').cancel(); fetch('released').cancel(enqueue_dependents=True)");
        }
        else
        {
            await mixed.Python.RunAsync("""
                for name in ('held', 'released'):
                    q.enqueue(shared_tasks.add, 3, 4, job_id=name + '-child', depends_on=q.enqueue(shared_tasks.add, 1, 2, job_id=name))
                """);
            await (await mixed.FetchAsync("held")).CancelAsync();
            await (await mixed.FetchAsync("released")).CancelAsync(enqueueDependents: true);
        }

        await mixed.Python.RunAsync("""
            assert [status(id) for id in ('held', 'held-child', 'released', 'released-child')] == ['canceled', 'deferred', 'canceled', 'queued']
            assert q.job_ids == ['released-child'] and sorted(q.canceled_job_registry.get_job_ids()) == ['held', 'released']
            assert q.deferred_job_registry.get_job_ids() == ['held-child']
            """);
        (await mixed.World.RunBurstAsync()).ShouldBe(1);
        (await Consistency.ViolationsAsync(mixed.World.Rq)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dependents_of_a_job_that_was_deleted_by_the_other_are_left_or_go_too()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        foreach (string name in (string[])["alone", "together"])
        {
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = name });
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(3, 4), new JobOptions { Id = name + "-child", DependsOn = [name] });
        }

        await mixed.Python.RunAsync("fetch('alone').delete(); fetch('together').delete(delete_dependents=True)");

        await mixed.Python.RunAsync("""
            assert [status(id) for id in ('alone', 'alone-child', 'together', 'together-child')] == ['gone', 'deferred', 'gone', 'gone']
            assert q.job_ids == [] and q.deferred_job_registry.get_job_ids() == ['alone-child']
            """);
        (await mixed.World.RunBurstAsync()).ShouldBe(0);
        await (await mixed.FetchAsync("alone-child")).DeleteAsync();
        (await Consistency.ViolationsAsync(mixed.World.Rq)).ShouldBeEmpty();
    }
}
