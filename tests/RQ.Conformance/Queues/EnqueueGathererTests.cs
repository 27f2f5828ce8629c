using System.Diagnostics;
using RQ.Queues;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Jobs that are enqueued one by one at the same time share script calls; nobody notices but by the speed.</summary>
public class EnqueueGathererTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Fact]
    public async Task A_lone_job_is_sent_at_once_by_itself()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        var queue = new Queue("default", rq);
        await queue.EnqueueAsync(s_nothing);
        ServerWork before = await ServerWork.OfAsync(server);

        for (int i = 0; i < 20; i++)
            await queue.EnqueueAsync(s_nothing);

        (await ServerWork.OfAsync(server) - before).Scripts.ShouldBe(20);
    }

    [Fact]
    public async Task What_comes_while_a_call_is_under_way_goes_with_the_next_one_in_order()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        Queue[] queues = [new("a", rq), new("b", rq)];
        await queues[0].EnqueueAsync(s_nothing);
        await queues[0].EmptyAsync();
        ServerWork before = await ServerWork.OfAsync(server);

        List<Task<Job>> enqueued = [];
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 1_201; i++)
                enqueued.Add(queues[i / 3 % 2].EnqueueAsync(s_nothing, i % 2 == 0 ? null : new JobOptions { ResultTtl = TimeSpan.FromSeconds(i % 5), Meta = i % 10 == 1 ? new Dictionary<string, object?> { ["i"] = i } : null }));
        }

        Job[] jobs = await Task.WhenAll(enqueued);
        (await ServerWork.OfAsync(server) - before).Scripts.ShouldBe(4, "one job, 500, 500 and 200");
        jobs.ShouldAllBe(job => job.Status == JobStatus.Queued);
        foreach (Queue queue in queues)
            (await queue.GetJobIdsAsync()).ShouldBe(jobs.Where(job => job.Origin == queue.Name).Select(job => job.Id));
        for (int i = 0; i < jobs.Length; i += 50)
            AreSame(await Job.FetchAsync(jobs[i].Id, rq), jobs[i]);
        (await Job.FetchAsync(jobs[11].Id, rq)).Meta["i"].ShouldBe(11);
    }

    [Fact]
    public async Task Jobs_that_go_by_themselves_keep_their_place_among_the_others()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        var queue = new Queue("default", rq);
        // The server knows the scripts: calls that teach it could overtake each other.
        await queue.EnqueueAsync(s_nothing);
        await queue.EnqueueAsync(s_nothing, new JobOptions { Id = "named" });
        await queue.EmptyAsync();

        List<Task<Job>> enqueued = [];
        Task<IReadOnlyList<Job>> many;
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 30; i++)
                enqueued.Add(queue.EnqueueAsync(s_nothing, i % 7 == 3 ? new JobOptions { Id = $"named-{i}" } : null));
            many = queue.EnqueueManyAsync([s_nothing, s_nothing]);
            enqueued.Add(queue.EnqueueAsync(s_nothing));
        }

        string[] ids = [.. (await Task.WhenAll(enqueued)).Select(job => job.Id)];
        (await queue.GetJobIdsAsync()).ShouldBe([.. ids[..30], .. (await many).Select(job => job.Id), ids[30]]);
    }

    [Fact]
    public async Task A_refused_job_does_not_take_the_others_of_its_call_with_it()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        Queue good = new("good", rq), bad = new("bad", rq);
        await rq.Database.StringSetAsync(rq.Keys.Queue("bad"), "no list");

        List<Task<Job>> accepted = [], refused = [];
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 30; i++)
                (i % 3 == 2 ? refused : accepted).Add((i % 3 == 2 ? bad : good).EnqueueAsync(s_nothing));
        }

        string[] ids = [.. (await Task.WhenAll(accepted)).Select(job => job.Id)];
        (await good.GetJobIdsAsync()).ShouldBe(ids);
        await RefusedAsync(refused, "WRONGTYPE");
        (await CountJobsAsync(rq)).ShouldBe(accepted.Count);
    }

    [Fact]
    public async Task When_a_whole_call_is_refused_each_caller_is_told()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        var queue = new Queue("default", rq);
        await rq.Database.StringSetAsync(rq.Keys.Queues, "no set");

        List<Task<Job>> refused = [];
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 10; i++)
                refused.Add(queue.EnqueueAsync(s_nothing));
        }

        await RefusedAsync(refused, "WRONGTYPE");
        (await CountJobsAsync(rq)).ShouldBe(0);
        (await queue.CountAsync()).ShouldBe(0);
        await rq.Database.KeyDeleteAsync(rq.Keys.Queues);
        (await queue.EnqueueAsync(s_nothing)).Status.ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_leaves_the_others_alone()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        var queue = new Queue("default", rq);
        using var impatient = new CancellationTokenSource();

        List<Task<Job>> enqueued = [];
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 10; i++)
                enqueued.Add(queue.EnqueueAsync(s_nothing, cancellationToken: i % 2 == 0 ? impatient.Token : default));
            await impatient.CancelAsync();
            for (int i = 0; i < 10; i += 2)
                (await Should.ThrowAsync<OperationCanceledException>(() => enqueued[i])).CancellationToken.ShouldBe(impatient.Token);
        }

        string[] ids = [.. (await Task.WhenAll(enqueued.Where((_, i) => i % 2 == 1))).Select(job => job.Id)];
        // The first was on its way; of those that waited for its answer the ones that nobody wants any more are left out.
        IReadOnlyList<string> queued = await queue.GetJobIdsAsync();
        queued.Count.ShouldBe(6);
        queued.Skip(1).ShouldBe(ids);
    }

    [Fact]
    public async Task While_the_server_is_away_nobody_waits_in_line_for_the_failures_of_others()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AsyncTimeout = 4_000 });
        var queue = new Queue("default", rq);
        await queue.EnqueueAsync(s_nothing);

        await using (await PausedServer.PauseAsync(server))
        {
            // One goes at once, the others would be ten calls one after the other, with five seconds for each.
            List<Task<Job>> enqueued = [.. Enumerable.Range(0, 5_000).Select(_ => queue.EnqueueAsync(s_nothing))];
            await FailsAsync(enqueued[1]);
            long first = Stopwatch.GetTimestamp();
            foreach (Task<Job> each in enqueued)
                await FailsAsync(each);
            Stopwatch.GetElapsedTime(first).TotalSeconds.ShouldBeLessThan(25);
        }

        static Task FailsAsync(Task<Job> each) => Should.ThrowAsync<Exception>(() => each.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task Closing_the_connection_ends_every_wait()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        // It waits for answers that are under way, as long as for any answer.
        RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AsyncTimeout = 4_000 });
        var queue = new Queue("default", rq);

        List<Task<Job>> enqueued = [];
        await using (await PausedServer.PauseAsync(server))
        {
            for (int i = 0; i < 10; i++)
                enqueued.Add(queue.EnqueueAsync(s_nothing));
            await rq.DisposeAsync();
            foreach (Task<Job> each in enqueued)
                (await Should.ThrowAsync<Exception>(() => each.WaitAsync(TimeSpan.FromMinutes(1)))).ShouldNotBeOfType<TimeoutException>();
        }

        await Should.ThrowAsync<Exception>(() => queue.EnqueueAsync(s_nothing));
    }

    [Fact]
    public async Task Many_callers_over_several_connections_lose_and_double_nothing()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection first = await ConnectAsync(server), second = await ConnectAsync(server);
        Queue[] queues = [new("default", first), new("default", second)];

        Job[][] jobs = await Task.WhenAll(Enumerable.Range(0, 40).Select(lane => Task.Run(async () =>
        {
            var mine = new Job[50];
            for (int i = 0; i < mine.Length; i++)
                mine[i] = await queues[lane % 2].EnqueueAsync(s_nothing);
            return mine;
        })));

        IReadOnlyList<string> ids = await queues[0].GetJobIdsAsync();
        ids.Order().ShouldBe(jobs.SelectMany(each => each).Select(job => job.Id).Order());
        Dictionary<string, int> places = ids.Index().ToDictionary(each => each.Item, each => each.Index);
        foreach (Job[] mine in jobs)
            mine.Select(job => places[job.Id]).ShouldBeInOrder();
    }

    [Theory, OnEachBackend]
    public async Task A_gathered_call_sent_twice_enqueues_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue front = world.Queue("front"), back = world.Queue("back");
        NewJob[] jobs = [.. Enumerable.Range(0, 12).Select(i => NewJob.Create(i % 4 == 0 ? front : back, s_nothing, new JobOptions { AtFront = i % 4 == 0, Ttl = i % 3 == 0 ? TimeSpan.FromHours(1) : null }))];
        Enqueue.Item[] items = [.. jobs.Select(job => job.Item)];

        // As when the answer to the first was lost, and somebody has the first of the jobs meanwhile.
        (await EnqueuePlain.ExecuteEachAsync(world.Rq, items[..7])).Statuses.ShouldBeNull();
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(jobs[0].Item.Id), "status", "started");
        JobStatus?[]? again = (await EnqueuePlain.ExecuteEachAsync(world.Rq, items)).Statuses;

        again.ShouldBe([JobStatus.Started, .. Enumerable.Repeat<JobStatus?>(JobStatus.Queued, 11)]);
        (await front.GetJobIdsAsync()).ShouldBe([items[8].Id, items[4].Id, items[0].Id]);
        (await back.GetJobIdsAsync()).ShouldBe(items.Where((_, i) => i % 4 != 0).Select(item => item.Id));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(items[9].Id)))!.Value.TotalMinutes.ShouldBeInRange(55, 60);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(items[10].Id))).ShouldBeNull();
    }

    [Fact]
    public async Task Many_jobs_stay_in_order_and_those_that_were_stored_are_told()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await ConnectAsync(server);
        var queue = new Queue("default", rq);

        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, 1_700).Select(_ => s_nothing));
        (await queue.GetJobIdsAsync()).ShouldBe(jobs.Select(job => job.Id));

        // What is wrong with one is found while the call before is under way.
        await queue.EmptyAsync();
        var requests = Enumerable.Range(0, 1_300).Select(i => new JobRequest(s_nothing, i == 1_250 ? new JobOptions { Timeout = TimeSpan.Zero } : null));
        EnqueueManyException failure = await Should.ThrowAsync<EnqueueManyException>(() => queue.EnqueueManyAsync(requests));
        failure.InnerException.ShouldBeOfType<ArgumentException>();
        failure.Accepted.Count.ShouldBe(1_000);
        (await queue.GetJobIdsAsync()).ShouldBe(failure.Accepted.Select(job => job.Id));
    }

    [Fact]
    public async Task Jobs_of_a_call_that_fails_between_others_are_sent_again()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
        IDatabase database = rq.Database;
        string list = rq.Keys.Queue("default");
        // Calls are made while the one before is under way, so in the middle of the second the first is stored, and in that of the third the second is refused.
        var serializer = new TellingSerializer(number =>
        {
            if (number == 700)
            {
                SpinWait.SpinUntil(() => database.ListLength(list) == 500, TimeSpan.FromMinutes(1)).ShouldBeTrue();
                database.KeyRename(list, "aside");
                database.StringSet(list, "no list");
            }
            else if (number == 1_200)
            {
                SpinWait.SpinUntil(() => ((string?)database.Execute("INFO", "errorstats"))!.Contains("WRONGTYPE", StringComparison.Ordinal), TimeSpan.FromMinutes(1)).ShouldBeTrue();
                database.KeyDelete(list);
                database.KeyRename("aside", list);
            }
        });
        var queue = new Queue("default", rq, new QueueOptions { Serializer = serializer });

        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, 2_000).Select(number => JobCall.To("RQ.TestSupport.TestJobs.Nothing", number)));

        jobs.Count.ShouldBe(2_000);
        string[] ids = [.. jobs.Select(job => job.Id)];
        (await queue.GetJobIdsAsync()).ShouldBe([.. ids[..500], .. ids[1_000..1_500], .. ids[500..1_000], .. ids[1_500..]]);
    }

    private static Task<RqConnection> ConnectAsync(RedisServer server) =>
        RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AsyncTimeout = 120_000 });

    private static async Task RefusedAsync(List<Task<Job>> refused, string why)
    {
        var told = new HashSet<Exception>(ReferenceEqualityComparer.Instance);
        foreach (Task<Job> each in refused)
        {
            RedisServerException exception = await Should.ThrowAsync<RedisServerException>(() => each);
            exception.Message.ShouldContain(why);
            told.Add(exception).ShouldBeTrue("each has an exception of its own");
        }
    }

    private static async Task<int> CountJobsAsync(RqConnection rq)
    {
        int count = 0;
        await foreach (RedisKey _ in rq.Multiplexer.GetServers()[0].KeysAsync(pattern: rq.Keys.Job("*")))
            count++;
        return count;
    }

    private static void AreSame(Job stored, Job told)
    {
        (stored.Status, stored.Origin, stored.Description, stored.ResultTtl, stored.Timeout).ShouldBe((told.Status, told.Origin, told.Description, told.ResultTtl, told.Timeout));
        (stored.CreatedAt, stored.EnqueuedAt).ShouldBe((told.CreatedAt, told.EnqueuedAt));
        stored.Function.ShouldBe(told.Function);
    }

    /// <summary>JSON that tells how many calls it has written.</summary>
    private sealed class TellingSerializer(Action<int> written) : JobSerializer
    {
        private int _count;

        public override string Name => "telling";

        public override byte[] Serialize(object? data)
        {
            written(++_count);
            return Json.Serialize(data);
        }

        public override object? Deserialize(ReadOnlyMemory<byte> bytes) => Json.Deserialize(bytes);
    }
}
