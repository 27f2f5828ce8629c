using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>A format that is chosen for one call.</summary>
public class CallSerializerTests
{
    private static readonly Dictionary<string, object?> s_meta = new() { ["a"] = 1 };

    [Theory]
    [InlineData(Backend.Redis, "json")]
    [InlineData(Backend.Redis, "plain-text")]
    [InlineData(Backend.Embedded, "json")]
    [InlineData(Backend.Embedded, "plain-text")]
    public async Task Everything_about_the_job_is_in_the_format_of_its_call(Backend backend, string format)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        JobSerializer serializer = format == "json" ? JobSerializer.Json : new PlainTextSerializer();
        string list = Guid.NewGuid().ToString();
        var options = new JobOptions { Serializer = serializer, Meta = s_meta };

        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Greet("Ann", "Hi", "!"), options with { Repeat = new Repeat(1) });
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "x"), options with { OnFailure = Callback.To("tasks.failed") });
        await job.SetMetaAsync("b", 2);
        await world.RunBurstAsync();
        await failed.RequeueAsync();
        await failed.SetMetaAsync("b", 2);
        await world.RunBurstAsync();

        foreach (Job each in new[] { job, failed })
        {
            (await each.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            each.Meta.Count.ShouldBe(2);
            each.GetMeta<int>("b").ShouldBe(2);
            each.Serializer.Name.ShouldBe(serializer.Name);
            IsInFormat((byte[]?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(each.Id), "meta"), format);
        }

        IReadOnlyList<JobResult> results = await job.GetResultsAsync();
        results.ShouldAllBe(result => result.GetReturnValue<string>() == "Hi, Ann!");
        IsInFormat(results[0].ReturnValueBytes!.Value.ToArray(), format);
        Job callback = (await world.Queue().GetJobsAsync()).ShouldHaveSingleItem();
        callback.Serializer.Name.ShouldBe(serializer.Name);
    }

    [Theory, OnEachBackend]
    public async Task Without_one_the_queues_format_holds(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json }).EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Meta = s_meta });
        Job pickled = await world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json }).EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Meta = s_meta, Serializer = JobSerializer.Pickle });

        job.Serializer.Name.ShouldBe(JobSerializer.Json.Name);
        pickled.Serializer.Name.ShouldBe(JobSerializer.Pickle.Name);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_of_schedules_and_limits_have_it_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var options = new JobOptions { Serializer = JobSerializer.Json };
        await world.Rq.Cron.AddOrUpdateAsync("c", "0 0 1 1 *", () => TestJobs.Add(1, 2), options: options);
        await world.Rq.Cron.AddOrUpdateAsync("plain", "0 0 1 1 *", () => TestJobs.Add(1, 2));
        await world.Rq.Cron.UpdateAsync("c", schedule => schedule with { Cron = "0 0 2 1 *" });
        Job scheduled = (await world.Rq.Cron.TriggerAsync("c"))!;
        Job limited = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), options with { RateLimit = new RateLimit("k", 1) });

        (await world.RunBurstAsync()).ShouldBe(2);

        foreach (Job each in new[] { scheduled, limited })
        {
            IsInFormat((await each.GetLatestResultAsync())!.ReturnValueBytes!.Value.ToArray(), "json");
            each.Serializer.Name.ShouldBe(JobSerializer.Json.Name);
        }

        (await world.Rq.Cron.FindAsync("c"))!.Schedule.Options!.Serializer.ShouldBe(JobSerializer.Json);
        (await world.Rq.Cron.FindAsync("plain"))!.Schedule.Options!.Serializer.ShouldBeNull("it is the connection's");
    }

    private static void IsInFormat(byte[]? bytes, string format)
    {
        string text = System.Text.Encoding.UTF8.GetString(bytes.ShouldNotBeNull());
        if (format == "json")
            (text[0] is '{' or '"' || char.IsDigit(text[0])).ShouldBeTrue(text);
        else
            text.ShouldStartWith(PlainTextSerializer.Mark);
    }
}
