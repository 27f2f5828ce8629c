using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>S133: a text is a name, from the enqueue to the last registry, or it is refused before anything is written.</summary>
public class NameTests
{
    [Theory, OnEachBackend]
    public async Task S133_jobs_of_a_queue_of_any_name_run_fail_wait_and_are_found_under_that_name(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue[] queues = [.. OddNames.Good.Select(name => world.Queue(name))];
        var done = new Dictionary<string, Job<string>>();
        var failed = new Dictionary<string, Job>();
        foreach (Queue queue in queues)
        {
            string name = queue.Name;
            done[name] = await queue.EnqueueAsync(() => TestJobs.Greet("you", name, "!"));
            failed[name] = await queue.EnqueueAsync(() => TestJobs.Fail(name));
            (await queue.GetJobIdsAsync()).ShouldBe([done[name].Id, failed[name].Id]);
        }

        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(OddNames.Good.Order(StringComparer.Ordinal));
        (await world.RunBurstAsync(OddNames.Good)).ShouldBe(2 * queues.Length);

        foreach (Queue queue in queues)
        {
            Job<string> job = done[queue.Name];
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe($"{queue.Name}, you!");
            (await Job.FetchAsync(job.Id, world.Rq)).Origin.ShouldBe(queue.Name);
            (await queue.FetchJobAsync(job.Id)).ShouldBe(job);
            (await queue.Finished.GetJobIdsAsync()).ShouldBe([job.Id]);
            (await queue.Failed.GetJobIdsAsync()).ShouldBe([failed[queue.Name].Id]);
            await failed[queue.Name].RequeueAsync();
            (await queue.GetJobIdsAsync()).ShouldBe([failed[queue.Name].Id]);
            await failed[queue.Name].CancelAsync();
            (await queue.Canceled.GetJobIdsAsync()).ShouldBe([failed[queue.Name].Id]);
        }
    }

    [Theory, OnEachBackend]
    public async Task S133_a_waiting_worker_is_woken_and_scheduled_and_dependent_jobs_go_to_a_queue_of_any_name(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] names = [.. OddNames.Good.Where((_, i) => i % 4 == 0)];
        RunningWorker worker = world.StartWorker(names, options => options.WithScheduler = true);
        await Eventually.BecomesAsync(async () => await Worker.CountAsync(world.Queue(names[^1])) == 1, "the worker is registered");

        foreach (string name in names)
        {
            Queue queue = world.Queue(name);
            Job<int> parent = await queue.EnqueueAsync(() => TestJobs.Add(1, 1));
            Job<int> child = await queue.EnqueueAsync(() => TestJobs.Add(2, 2), new JobOptions { DependsOn = [parent] });
            Job<int> later = await queue.EnqueueAsync(() => TestJobs.Add(3, 3), new JobOptions { DueIn = TimeSpan.FromMilliseconds(1) });
            (await child.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
            (await later.WaitForResultAsync(Eventually.Limit)).ShouldBe(6);
        }

        await worker.StopAsync();
    }

    [Theory, OnEachBackend]
    public async Task S133_workers_groups_and_rate_limits_of_any_name_are_told_apart(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] names = [.. OddNames.Good.Where(name => !string.IsNullOrWhiteSpace(name))];
        var jobs = new List<Job<string>>();
        foreach (string name in names)
        {
            jobs.Add(await world.Queue().EnqueueAsync(() => TestJobs.Greet(name, "Hello", "!"), new JobOptions { Group = name, RateLimit = new RateLimit(name, 1) }));
            (await world.RunBurstAsync(configure: options => options.Name = name)).ShouldBe(1);
            // Of a worker that has left it is known for a minute.
            (await Worker.FindAsync(world.Rq, name)).ShouldNotBeNull().SuccessfulJobCount.ShouldBe(1);
        }

        (await Group.AllAsync(world.Rq)).Select(group => group.Name).ShouldBe(names.Order(StringComparer.Ordinal));
        for (int i = 0; i < names.Length; i++)
        {
            (await jobs[i].WaitForResultAsync(Eventually.Limit)).ShouldBe($"Hello, {names[i]}!");
            (jobs[i].WorkerName, jobs[i].Group, jobs[i].RateLimit!.Key).ShouldBe((names[i], names[i], names[i]));
            (await (await Group.FetchAsync(names[i], world.Rq)).GetJobsAsync()).Single().ShouldBe(jobs[i]);
        }
    }

    [Theory, OnEachBackend]
    public async Task S133_cron_schedules_of_any_name_are_stored_or_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var stored = new List<string>();
        foreach (string name in OddNames.Good)
        {
            var schedule = new CronSchedule { Name = name, Interval = TimeSpan.FromHours(1), Call = JobCall.To("f"), Queue = name };
            bool isAllowed = !string.IsNullOrWhiteSpace(name) && name.Length <= 1000 && !name.Any(char.IsControl);
            try
            {
                await world.Rq.Cron.AddOrUpdateAsync(schedule);
                stored.Add(name);
            }
            catch (ArgumentException exception)
            {
                isAllowed.ShouldBeFalse(exception.Message);
            }
        }

        stored.Count.ShouldBeGreaterThan(30);
        (await world.Rq.Cron.ListAsync()).Select(entry => (entry.Schedule.Name, entry.Schedule.Queue)).ShouldBe(stored.Select(name => (name, (string?)name)), ignoreOrder: true);
    }

    [Fact]
    public async Task S133_half_of_a_surrogate_pair_is_refused_in_every_name_before_anything_is_written()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        foreach (string name in OddNames.HalfPairs)
        {
            foreach (Func<object> make in new Func<object>[]
            {
                () => new Queue(name, rq),
                () => new JobRegistry(RegistryKind.Failed, name, rq),
                () => new Worker([name], rq),
                () => new Worker(["default"], rq, new WorkerOptions { Name = name }),
                () => new Scheduler([name], rq),
                () => new Group(rq, name),
                () => new RateLimit(name, 1),
            })
            {
                Should.Throw<ArgumentException>(make).Message.ShouldContain("half of a surrogate pair");
            }

            foreach (Func<Task> call in new Func<Task>[]
            {
                () => queue.EnqueueAsync(JobCall.To("f"), new JobOptions { Group = name }),
                () => queue.EnqueueManyAsync([new JobRequest(JobCall.To("f")), new JobRequest(JobCall.To("f"), new JobOptions { Group = name })]),
                () => rq.Cron.AddOrUpdateAsync(new CronSchedule { Name = name, Interval = TimeSpan.FromHours(1), Call = JobCall.To("f") }),
                () => rq.Cron.AddOrUpdateAsync(new CronSchedule { Name = "n", Interval = TimeSpan.FromHours(1), Call = JobCall.To("f"), Queue = name }),
                () => rq.Cron.ReplaceAsync(name, []),
                () => RqConnection.ConnectAsync(rq.Multiplexer, new RqConnectionOptions { KeyPrefix = name }),
            })
            {
                (await Should.ThrowAsync<ArgumentException>(call)).Message.ShouldContain("half of a surrogate pair");
            }

            foreach (string id in new[] { name, "", " ", "a b", "é", "a:b" })
                await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(JobCall.To("f"), new JobOptions { Id = id }));
        }

        ((long)await rq.Database.ExecuteAsync("DBSIZE")).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task Names_of_lists_that_RQ_keeps_for_others_are_refused_and_still_listed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Should.Throw<ArgumentException>(() => world.Queue("default:intermediate")).Message.ShouldContain("workers of 'default'");
        Should.Throw<ArgumentException>(() => new Worker(["default:intermediate"], world.Rq));
        foreach (string name in new[] { "w:executions", "w:claims:default" })
            Should.Throw<ArgumentException>(() => new Worker(["default"], world.Rq, new WorkerOptions { Name = name })).Message.ShouldContain("another worker");

        await world.Rq.Database.SetAddAsync(world.Rq.Keys.Queues, world.Rq.Keys.Queue("default:intermediate"));
        Queue listed = (await Queue.AllAsync(world.Rq)).Single();
        listed.Name.ShouldBe("default:intermediate");
        (await listed.Failed.CountAsync()).ShouldBe(0);
        listed.Failed.GetQueue().ShouldBe(listed);
    }

    [Theory, OnEachBackend]
    public async Task S002_entries_of_ids_with_colons_that_an_old_Python_wrote_survive_a_clean_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach ((string id, string status, JobRegistry registry) in new[]
        {
            ("build:42", "failed", world.Queue().Failed), ("a:b:c", "canceled", world.Queue().Canceled), ("x:1", "started", world.Queue().Started), ("é", "finished", world.Queue().Finished),
        })
        {
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(id), [new("status", status), new("data", "x"), new("origin", "default")]);
            RedisKey key = $"{world.Rq.KeyPrefix}{registry.Kind switch { RegistryKind.Started => "wip", var kind => kind.ToString().ToLowerInvariant() }}:default";
            await world.Rq.Database.SortedSetAddAsync(key, id, DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());

            (await registry.CleanUpAsync()).ShouldBe(0, id);
            (await registry.GetJobIdsAsync()).ShouldBe([id]);
        }
    }
}
