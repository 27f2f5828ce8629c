using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>What each option of a job writes, and what comes of it.</summary>
public class EnqueueOptionTests
{
    [Theory, OnEachBackend]
    public async Task ENQ_1_functions_are_given_as_lambdas_texts_instance_methods_and_by_attribute(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();

        (await queue.EnqueueAsync(() => TestJobs.Add(1, 2))).Function.ShouldBe("RQ.TestSupport.TestJobs.Add");
        (await queue.EnqueueAsync(JobCall.To("python_tasks.add", 1, 2))).Function.ShouldBe("python_tasks.add");
        (await queue.EnqueueAsync((PlainJob job) => job.DoubleAsync(3))).Function.ShouldBe("RQ.TestSupport.PlainJob.DoubleAsync");
        (await queue.EnqueueAsync(() => ShapedJobs.Shout("hi", 1))).Function.ShouldBe("python_module.shout");
        (await queue.EnqueueAsync(() => Math.Cbrt(27))).Function.ShouldBe("System.Math.Cbrt");
    }

    [Theory, OnEachBackend]
    public async Task ENQ_1_what_cannot_be_called_later_is_refused_before_anything_is_written(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        var here = new PlainJob();
        Func<int> code = () => 1;

        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(() => here.DoubleAsync(1)))).Message.ShouldContain("(PlainJob x) => x.DoubleAsync(…)");
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(() => new Greeter("Hi")))).Message.ShouldContain("A job is one method call");
        (await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(() => TestJobs.Echo(code)))).Message.ShouldContain("code");
        await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobCall.To("python_tasks.echo", new IntPtr(1))));
        Should.Throw<ArgumentException>(() => JobCall.To(" "));

        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Queues)).ShouldBeFalse();
        (await queue.CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_2_the_time_limit_is_the_jobs_or_the_queues(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue slow = world.Queue("slow", new QueueOptions { DefaultTimeout = TimeSpan.FromMinutes(5) });

        (await FieldAsync(world, world.Queue(), new JobOptions(), "timeout")).ShouldBe("180");
        (await FieldAsync(world, slow, new JobOptions(), "timeout")).ShouldBe("300");
        (await FieldAsync(world, slow, new JobOptions { Timeout = TimeSpan.FromSeconds(2.1) }, "timeout")).ShouldBe("3");
        (await FieldAsync(world, slow, new JobOptions { Timeout = Timeout.InfiniteTimeSpan }, "timeout")).ShouldBe("-1");
        foreach (TimeSpan wrong in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-2) })
            await Should.ThrowAsync<ArgumentException>(() => slow.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Timeout = wrong }));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_3_result_ttl_is_the_life_after_success(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job absent = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        Job minute = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = TimeSpan.FromMinutes(1) });
        Job zero = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = TimeSpan.Zero });
        Job kept = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan });
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(absent.Id), "result_ttl")).ShouldBeFalse();
        await world.RunBurstAsync(configure: worker => worker.ResultTtl = TimeSpan.FromSeconds(700));

        (await TtlAsync(world, absent)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(640, 700);
        (await TtlAsync(world, minute)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(1, 60);
        (await TtlAsync(world, kept)).ShouldBeNull();
        await Should.ThrowAsync<JobNotFoundException>(() => zero.RefreshAsync());
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Results(zero.Id))).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(
            () => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = TimeSpan.FromSeconds(-5) }));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_4_ttl_is_the_life_before_the_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var options = new JobOptions { Ttl = TimeSpan.FromSeconds(100), FailureTtl = TimeSpan.FromSeconds(1000) };
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), options);
        Job deferred = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), options with { DependsOn = [job] });
        Job endless = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        (await TtlAsync(world, job)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(40, 100);
        // A day longer, since maintenance ends its wait and says why.
        (await TtlAsync(world, deferred)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(86_440, 86_500);
        (await TtlAsync(world, endless)).ShouldBeNull();

        RunningWorker worker = world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await TtlAsync(world, job)).ShouldBeNull();
        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);
        await worker.StopAsync();

        (await TtlAsync(world, job)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(440, 500);
        foreach (TimeSpan wrong in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1) })
            await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Ttl = wrong }));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_4_an_immediate_retry_has_its_ttl_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        TimeSpan? second = null;
        int run = 0;
        world.Functions.Add("fails_once", () => ++run == 1 ? throw new InvalidOperationException("once") : run);
        world.Functions.Add("looks", async () => second = await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job("job")));
        await world.Queue().EnqueueAsync(JobCall.To("fails_once"), new JobOptions { Id = "job", Ttl = TimeSpan.FromSeconds(100), Retry = new Retry(1) });
        await world.Queue().EnqueueAsync(JobCall.To("looks"));

        await world.RunBurstAsync();

        second.ShouldNotBeNull().TotalSeconds.ShouldBeInRange(40, 100);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_5_failure_ttl_is_the_life_after_failure(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job absent = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        Job minute = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { FailureTtl = TimeSpan.FromMinutes(1) });
        Job zero = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { FailureTtl = TimeSpan.Zero });
        Job kept = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { FailureTtl = Timeout.InfiniteTimeSpan });
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(absent.Id), "failure_ttl")).ShouldBeFalse();
        await world.RunBurstAsync();

        (await TtlAsync(world, absent)).ShouldNotBeNull().TotalDays.ShouldBe(365, 0.01);
        (await TtlAsync(world, minute)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(1, 60);
        (await TtlAsync(world, kept)).ShouldBeNull();
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), kept.Id)).ShouldBe(-1);
        await Should.ThrowAsync<JobNotFoundException>(() => zero.RefreshAsync());
        await Should.ThrowAsync<ArgumentException>(
            () => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { FailureTtl = TimeSpan.FromSeconds(-5) }));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_6_the_description_is_the_given_text_or_the_call(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job given = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Description = "adds" });
        Job absent = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        Job empty = await world.Queue().EnqueueAsync(JobCall.To("f", ["x"], new Dictionary<string, object?> { ["b"] = 2, ["a"] = null }), new JobOptions { Description = "" });

        (await Job.FetchAsync(given.Id, world.Rq)).Description.ShouldBe("adds");
        (await Job.FetchAsync(absent.Id, world.Rq)).Description.ShouldBe("RQ.TestSupport.TestJobs.Add(1, 2)");
        (await Job.FetchAsync(empty.Id, world.Rq)).Description.ShouldBe("f('x', a=None, b=2)");
    }

    [Theory, OnEachBackend]
    public async Task ENQ_7_depends_on_takes_jobs_ids_and_dependencies(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job a = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "a" });
        Job b = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "b" });

        Job mixed = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [b, "a"] });
        Job options = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(a, "b") { AllowFailure = true, AtFront = true } });
        Job none = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = null });

        (mixed.Status, options.Status, none.Status).ShouldBe((JobStatus.Deferred, JobStatus.Deferred, JobStatus.Queued));
        (await FieldsAsync(world, mixed, "dependency_id", "dependency_ids", "enqueue_at_front")).ShouldBe(["b", """["b","a"]""", null]);
        (await FieldsAsync(world, options, "dependency_id", "allow_dependency_failures", "enqueue_at_front")).ShouldBe(["a", "1", "1"]);
        (await FieldsAsync(world, none, "dependency_id", "dependency_ids", "allow_dependency_failures")).ShouldBe([null, null, null]);
        (await world.Rq.Database.SetMembersAsync($"{world.Rq.KeyPrefix}job:a:dependents")).ShouldBe([mixed.Id, options.Id], ignoreOrder: true);
        (await world.Rq.Database.SetMembersAsync($"{world.Rq.KeyPrefix}job::{mixed.Id}:dependencies")).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_8_an_id_is_given_or_a_new_uuid(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job given = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "my_Job-1" });
        Job absent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        given.Id.ShouldBe("my_Job-1");
        Guid.TryParseExact(absent.Id, "D", out Guid id).ShouldBeTrue();
        absent.Id.ShouldBe(id.ToString("D"));
        (await world.Queue().GetJobIdsAsync()).ShouldBe(["my_Job-1", absent.Id]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_9_at_front_is_only_for_this_push(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (string id in new[] { "a", "b" })
            await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id });
        Job front = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "front", AtFront = true });

        (await world.Queue().GetJobIdsAsync()).ShouldBe(["front", "a", "b"]);
        (await FieldsAsync(world, front, "enqueue_at_front")).ShouldBe([null]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_10_meta_is_stored_with_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var meta = new Dictionary<string, object?> { ["owner"] = "me", ["n"] = 1, ["list"] = new List<object?> { 1.5, null, true } };
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Meta = meta });
        Job without = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Meta = new Dictionary<string, object?>() });

        ShownValue.Of((await Job.FetchAsync(job.Id, world.Rq)).Meta).ShouldBe("{'owner': 'me', 'n': 1, 'list': [1.5, None, True]}");
        (await Job.FetchAsync(without.Id, world.Rq)).Meta.ShouldBeEmpty();
        (await FieldsAsync(world, without, "meta")).ShouldBe([null]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_11_a_retry_is_stored_as_what_is_left_of_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job atOnce = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Retry = new Retry(2) });
        Job waits = await world.Queue().EnqueueAsync(
            () => TestJobs.Nothing(), new JobOptions { Retry = new Retry(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) { AtFront = true } });
        Job none = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        string[] names = ["retries_left", "retry_intervals", "enqueue_at_front_on_retry"];
        (await FieldsAsync(world, atOnce, names)).ShouldBe(["2", "[0]", null]);
        (await FieldsAsync(world, waits, names)).ShouldBe(["3", "[1,2,2]", "1"]);
        (await FieldsAsync(world, none, names)).ShouldBe([null, null, null]);
        (atOnce.RetriesLeft, waits.RetriesLeft, none.RetriesLeft).ShouldBe((2, 3, (int?)null));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_13_callbacks_are_stored_by_name_and_time_limit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions
        {
            OnSuccess = Callback.To("my_module.done"),
            OnFailure = Callback.To(TestJobs.Fail, TimeSpan.FromMinutes(2)),
            OnStopped = Callback.To("my_module.stopped", TimeSpan.FromSeconds(1.5)),
        });
        Job none = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        (await FieldsAsync(world, job, "success_callback_name", "failure_callback_name", "stopped_callback_name"))
            .ShouldBe(["my_module.done", "RQ.TestSupport.TestJobs.Fail", "my_module.stopped"]);
        string[] timeouts = ["success_callback_timeout", "failure_callback_timeout", "stopped_callback_timeout"];
        (await FieldsAsync(world, job, timeouts)).ShouldBe(["60", "120", "2"]);
        // Python cannot read the job when one of them is there and empty.
        (await FieldsAsync(world, none, timeouts)).ShouldBe([null, null, null]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_20_the_job_is_returned_also_when_deferred(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });

        foreach (Job job in new[] { parent, child })
        {
            Job fetched = await Job.FetchAsync(job.Id, world.Rq);
            fetched.ShouldBe(job);
            (fetched.Status, fetched.Description, fetched.CreatedAt, fetched.EnqueuedAt, fetched.Timeout)
                .ShouldBe((job.Status, job.Description, job.CreatedAt, job.EnqueuedAt, job.Timeout));
        }

        child.EnqueuedAt.ShouldBeNull();
    }

    private static async Task<string?> FieldAsync(TestWorld world, Queue queue, JobOptions options, string field) =>
        (await FieldsAsync(world, await queue.EnqueueAsync(() => TestJobs.Nothing(), options), field))[0];

    private static async Task<string?[]> FieldsAsync(TestWorld world, Job job, params string[] fields) =>
        [.. (await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), [.. fields.Select(field => (RedisValue)field)])).Select(value => (string?)value)];

    private static Task<TimeSpan?> TtlAsync(TestWorld world, Job job) => world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id));
}
