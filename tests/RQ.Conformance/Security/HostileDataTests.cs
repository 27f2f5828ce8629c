using System.Text;
using RQ.Jobs;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>S154: whoever can write to Redis can have registered functions called, and nothing else. Each attempt is a failed job; the worker goes on.</summary>
public class HostileDataTests
{
    [Fact]
    public async Task S154_the_pickles_are_dangerous_where_pickle_is_trusted()
    {
        using var canary = new Canary();
        foreach (string kind in new[] { "reduce, protocol 0", "inst", "exec", "popen", "stack global, protocol 4" })
        {
            await Python.RunAsync("import pickle, sys\ntry: pickle.loads(bytes.fromhex(sys.stdin.read()))\nexcept Exception: pass", Convert.ToHexString(canary.Pickles()[kind]), TestContext.Current.CancellationToken);
            await Eventually.BecomesAsync(() => File.Exists(canary.Egg), $"Python runs it ({kind})");
            File.Delete(canary.Egg);
        }
    }

    [Theory, OnEachBackend]
    public async Task S154_a_pickle_that_runs_a_command_is_a_failed_job_wherever_in_the_data_it_is(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var jobs = new List<(string Kind, string Id)>();
        foreach ((string kind, byte[] pickle) in canary.Pickles())
        {
            jobs.Add((kind, await PutAsync(world, pickle)));
            jobs.Add((kind + ", compressed", await PutAsync(world, Compression.Deflate(pickle))));
            jobs.Add((kind + ", as an argument", await PutAsync(world, [.. "(VRQ.TestSupport.TestJobs.Echo\nN("u8, .. WithoutEnd(pickle), .. "t(dt."u8])));
            jobs.Add((kind + ", as the instance", await PutAsync(world, [.. "(VRQ.TestSupport.TestJobs.Echo\n"u8, .. WithoutEnd(pickle), .. "(I1\nt(dt."u8])));
        }

        await RunAsync(world, jobs.Count, canary);

        foreach ((string kind, string id) in jobs)
        {
            Job job = await Job.FetchAsync(id, world.Rq);
            job.Status.ShouldBe(JobStatus.Failed, kind);
            (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNullOrEmpty(kind);
            Should.Throw<RqException>(() => job.Arguments);
        }
    }

    [Theory, OnEachBackend]
    public async Task S154_a_name_that_is_not_registered_is_a_failed_job_in_pickle_and_in_json(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var jobs = new List<(string Function, string Id)>();
        foreach ((string function, object?[] arguments) in canary.Calls())
        {
            foreach (JobSerializer serializer in new[] { JobSerializer.Json, JobSerializer.Pickle })
                jobs.Add((function, await PutAsync(world, serializer.Serialize(new object?[] { function, null, arguments, new OrderedDictionary<object, object?>() }))));
        }

        await RunAsync(world, jobs.Count, canary);

        foreach ((string function, string id) in jobs)
        {
            Job job = await Job.FetchAsync(id, world.Rq);
            job.Status.ShouldBe(JobStatus.Failed, function);
            (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull()
                .ShouldContain(function.Length == 0 ? "does not hold a function name" : $"No function is registered for '{function}'");
        }
    }

    [Theory, OnEachBackend]
    public async Task S154_a_callback_that_is_not_registered_is_never_called(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (UnknownCallback policy in Enum.GetValues<UnknownCallback>())
        {
            var jobs = new List<Job>();
            foreach ((string function, _) in canary.Calls().Where(call => call.Function.Length > 0))
            {
                foreach (string field in new[] { JobFields.SuccessCallbackName, JobFields.FailureCallbackName })
                {
                    Job job = await world.Queue().EnqueueAsync(field == JobFields.SuccessCallbackName
                        ? JobCall.To("RQ.TestSupport.TestJobs.Echo", canary.Bird) : JobCall.To("RQ.TestSupport.TestJobs.Fail", canary.Bird));
                    await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), field, function);
                    jobs.Add(job);
                }
            }

            await world.RunBurstAsync(configure: options =>
            {
                options.UnknownCallback = policy;
                options.CallbackQueue = "callbacks";
            });
            // What was handed over is a job that names the same function.
            await world.RunBurstAsync(["callbacks"]);
            canary.ShouldBeWell();
            foreach (Job job in jobs)
                (await job.GetStatusAsync()).ShouldBeOneOf(JobStatus.Failed, JobStatus.Finished);
        }
    }

    [Theory, OnEachBackend]
    public async Task S154_a_pickle_that_runs_a_command_is_refused_in_metadata_and_results(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach ((string kind, byte[] pickle) in canary.Pickles())
        {
            Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.Meta, pickle);
            await world.RunBurstAsync();
            if (backend == Backend.Redis)
                await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results(job.Id), [new("type", 1), new("return_value", Convert.ToBase64String(pickle))]);
            else
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.Result, pickle);

            Job read = await Job.FetchAsync(job.Id, world.Rq);
            read.Status.ShouldBe(JobStatus.Finished, "its metadata is not looked at");
            Should.Throw<RqException>(() => read.Meta, kind);
            await Should.ThrowAsync<RqException>(() => read.SetMetaAsync("k", 1), kind);
            (await read.GetLatestResultAsync()).ShouldNotBeNull().Unreadable.ShouldNotBeNull(kind);
            canary.ShouldBeWell();
        }
    }

    [Theory, OnEachBackend]
    public async Task S154_a_job_that_hands_its_result_to_a_callback_hands_over_no_command(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<ProtectedJobTests>();
        foreach ((string kind, byte[] pickle) in canary.Pickles())
        {
            Job<string> job = await world.Queue().EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { OnSuccess = Callback.To(SecretJobs.Told).AsJob("callbacks") });
            await world.RunBurstAsync();
            if (backend == Backend.Redis)
                await world.Rq.Database.StreamAddAsync(world.Rq.Keys.Results(job.Id), [new("type", 1), new("return_value", Convert.ToBase64String(pickle))]);
            else
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.Result, pickle);
            string callback = (await world.Queue("callbacks").GetJobIdsAsync())[0];
            await world.RunBurstAsync(["callbacks"]);

            Job failed = await Job.FetchAsync(callback, world.Rq);
            failed.Status.ShouldBe(JobStatus.Failed, kind);
            TestJobs.Noted(job.Id).ShouldBeEmpty(kind);
            canary.ShouldBeWell();
        }
    }

    /// <summary>Objects of classes that are not Python's own are data here: nothing looks for a class of that name.</summary>
    [Theory, OnEachBackend]
    public async Task S154_a_class_of_dotnet_that_a_pickle_names_is_never_looked_for(Backend backend)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        byte[] start = Encoding.Latin1.GetBytes($"cSystem.Diagnostics\nProcess.Start\n(S'touch'\nS'{canary.Egg}'\ntR.");
        string whole = await PutAsync(world, start);
        string argument = await PutAsync(world, [.. "(VRQ.TestSupport.TestJobs.Echo\nN("u8, .. WithoutEnd(start), .. "t(dt."u8]);
        await RunAsync(world, 2, canary);

        (await Job.FetchAsync(whole, world.Rq)).Status.ShouldBe(JobStatus.Failed);
        (await (await Job.FetchAsync(argument, world.Rq)).GetLatestResultAsync())!.ReturnValue.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("""{"$type": "System.Diagnostics.Process, System.Diagnostics.Process", "StartInfo": {"FileName": "touch", "Arguments": "EGG"}}""")]
    [InlineData("""{"$type": "System.IO.FileInfo", "$values": ["EGG"]}""")]
    [InlineData("""{"__type": "System.Windows.Data.ObjectDataProvider", "MethodName": "Start"}""")]
    [InlineData("""{"py/object": "posix.system", "py/reduce": [{"py/function": "posix.system"}, ["touch EGG"]]}""")]
    public async Task S154_a_type_that_is_named_in_the_arguments_is_a_text_like_any_other(string argument)
    {
        using var canary = new Canary();
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string id = await PutAsync(world, Encoding.UTF8.GetBytes($$"""["RQ.TestSupport.TestJobs.Echo", null, [{{argument.Replace("EGG", canary.Egg, StringComparison.Ordinal)}}], {}]"""));
        await RunAsync(world, 1, canary);

        object? value = (await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync())!.ReturnValue;
        value.ShouldBeOfType<OrderedDictionary<object, object?>>().Count.ShouldBeGreaterThan(1);
    }

    [Theory, OnEachBackend]
    public async Task S154_a_schedule_that_names_what_is_not_registered_enqueues_a_job_that_fails(Backend backend)
    {
        using var canary = new Canary();
        await using Cron.CronWorld world = await Cron.CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync("hostile", "* * * * *", () => TestJobs.Nothing());
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.CronSchedule("hostile"), "job:data", CallData.Write(JobCall.To("System.IO.File.Delete", canary.Bird), JobSerializer.Json));
        await world.RunUntilAsync(world.Duty(), world.Now + TimeSpan.FromSeconds(90));
        IReadOnlyList<Job> jobs = await world.JobsAsync();
        await world.World.RunBurstAsync();

        jobs.ShouldNotBeEmpty();
        (await jobs[0].GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("No function is registered for 'System.IO.File.Delete'");
        canary.ShouldBeWell();
    }

    [Theory, OnEachBackend]
    public async Task S154_only_what_is_marked_or_registered_is_called_when_no_assembly_is_handed_over(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string id = await PutAsync(world, CallData.Write(JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2), JobSerializer.Json));
        Job<int> registered = await world.Queue().EnqueueAsync<int>(JobCall.To("add", 1, 2));
        await world.RunBurstAsync(configure: options => options.Functions = new JobFunctions().Add("add", (int x, int y) => x + y));

        (await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("No function is registered for 'RQ.TestSupport.TestJobs.Add'");
        (await registered.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
    }

    /// <summary>Puts a job on the queue as somebody would who has nothing but a connection to the server.</summary>
    private static async Task<string> PutAsync(TestWorld world, byte[] data)
    {
        string id = Guid.NewGuid().ToString();
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(id), [new("data", data), new("origin", "default"), new("status", "queued"), new("created_at", "2026-11-25T10:35:36.971904Z")]);
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), id);
        return id;
    }

    private static async Task RunAsync(TestWorld world, int count, Canary canary)
    {
        Job<int> good = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        (await world.RunBurstAsync()).ShouldBe(count + 1);
        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(3, "the worker has gone on");
        canary.ShouldBeWell();
    }

    private static byte[] WithoutEnd(byte[] pickle) => pickle[0] == 0x80 ? pickle[2..^1] : pickle[..^1];
}
