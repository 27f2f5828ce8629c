using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using RQ.Executions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

public class WebhookTests
{
    [Theory, OnEachBackend]
    public async Task WHK_1_a_webhook_is_sent_with_its_method_headers_and_time_limit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using var receiver = WebhookReceiver.Start();
        await EnqueueAsync(world, new Webhook($"{receiver.Url}/a?b=c", JobStatus.Finished)
        {
            Method = HttpMethod.Post,
            Headers = new Dictionary<string, string> { ["X-Token"] = "t", ["content-type"] = "application/vnd.job+json", ["User-Agent"] = "mine" },
        });
        await EnqueueAsync(world, new Webhook($"{receiver.Url}/get", JobStatus.Finished) { Headers = new Dictionary<string, string> { ["X-Token"] = "u" } });

        await world.RunBurstAsync();

        receiver.All.Count.ShouldBe(2);
        WebhookReceiver.Received post = receiver.All.Single(each => each.Method == "POST");
        (post.Path, post.Headers["x-token"], post.Headers["content-type"], post.Headers["user-agent"]).ShouldBe(("/a", "t", "application/vnd.job+json", "mine"));
        WebhookReceiver.Received get = receiver.All.Single(each => each.Method == "GET");
        (get.Path, get.Headers["x-token"], get.Headers["user-agent"], get.Body).ShouldBe(("/get", "u", "RQ.NET", ""));
        get.Headers.ContainsKey("content-type").ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task WHK_2_a_post_carries_the_job_as_rq_writes_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using var receiver = WebhookReceiver.Start();
        Job ok = await EnqueueAsync(world, Post(receiver, JobStatus.Finished), Post(receiver, JobStatus.Failed));
        Job bad = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom ü"), new JobOptions { Webhooks = [Post(receiver, JobStatus.Finished), Post(receiver, JobStatus.Failed)] });

        await world.RunBurstAsync();

        receiver.All.Count.ShouldBe(2);
        receiver.All.ShouldAllBe(each => each.Headers["content-type"] == "application/json");
        Dictionary<string, string>[] bodies = [.. receiver.All.Select(each => JsonSerializer.Deserialize<Dictionary<string, string>>(each.Body)!).OrderBy(body => body.Count)];
        bodies[0].Keys.ShouldBe(["job_id", "func_name", "status", "enqueued_at", "ended_at"]);
        (bodies[0]["job_id"], bodies[0]["func_name"], bodies[0]["status"]).ShouldBe((ok.Id, "RQ.TestSupport.TestJobs.Add", "finished"));
        await ok.RefreshAsync();
        bodies[0]["ended_at"].ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$");
        DateTimeOffset.Parse(bodies[0]["enqueued_at"], CultureInfo.InvariantCulture).ShouldBe(ok.EnqueuedAt!.Value);
        DateTimeOffset.Parse(bodies[0]["ended_at"], CultureInfo.InvariantCulture).ShouldBe(ok.EndedAt!.Value);
        bodies[1].Keys.ShouldBe(["job_id", "func_name", "status", "enqueued_at", "ended_at", "exc_info"]);
        (bodies[1]["job_id"], bodies[1]["status"]).ShouldBe((bad.Id, "failed"));
        bodies[1]["exc_info"].ShouldBe((await bad.GetLatestResultAsync())!.ExceptionText);
    }

    [Theory, OnEachBackend]
    public async Task WHK_3_only_ends_are_told_not_retries_and_not_stops(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using var receiver = WebhookReceiver.Start();
        string key = Guid.NewGuid().ToString();
        RunningWorker worker = world.StartWorker();
        var both = new[] { Post(receiver, JobStatus.Finished), Post(receiver, JobStatus.Failed) };
        Job retried = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { Retry = new Retry(2), Webhooks = both });
        await Should.ThrowAsync<JobFailedException>(() => retried.WaitForResultAsync(Eventually.Limit));
        Job stopped = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), new JobOptions { Webhooks = both });
        await CallbackJobs.ExecutionOfAsync(key);
        await Commands.StopJobAsync(world, worker.Name, stopped.Id);
        await Should.ThrowAsync<JobFailedException>(() => stopped.WaitForResultAsync(Eventually.Limit));

        await worker.StopAsync();

        JsonDocument.Parse(receiver.All.Single().Body).RootElement.GetProperty("job_id").GetString().ShouldBe(retried.Id);
    }

    [Theory, OnEachBackend]
    public async Task WHK_4_errors_are_logged_and_nobody_waits(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var silence = new TaskCompletionSource<int>();
        await using var receiver = WebhookReceiver.Start(received => received.Path == "/silent" ? silence.Task : Task.FromResult(500));
        RunningWorker worker = world.StartWorker();
        Job silent = await EnqueueAsync(world, new Webhook($"{receiver.Url}/silent", JobStatus.Finished) { Timeout = TimeSpan.FromSeconds(5) });
        Job refused = await EnqueueAsync(world, new Webhook("http://127.0.0.1:9/nobody", JobStatus.Finished));
        Job error = await EnqueueAsync(world, new Webhook($"{receiver.Url}/error?secret=s3cret", JobStatus.Finished));
        Job next = await EnqueueAsync(world);
        foreach (Job job in new[] { silent, refused, error, next })
            (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(3L);
        await receiver.ReceivesAsync(2);

        // A worker that stops waits for those on their way, as long as they may take.
        await worker.StopAsync();

        string[] log = [];
        await Eventually.BecomesAsync(
            () => (log = [.. world.LogCollector.GetSnapshot().Where(record => record.Message.Contains("could not be sent")).Select(record => record.Message)]).Length == 3, "all are told of");
        foreach (Job job in new[] { silent, refused, error })
            log.ShouldContain(line => line.Contains(job.Id));
        log.ShouldNotContain(line => line.Contains("s3cret"));
        silence.SetResult(200);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_stops_waits_for_webhooks_no_longer_than_for_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var silence = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = WebhookReceiver.Start(_ => silence.Task);
        Job job = await EnqueueAsync(world, new Webhook(receiver.Url + "/", JobStatus.Finished) { Timeout = TimeSpan.FromMinutes(10) });
        RunningWorker worker = world.StartWorker(configure: options => options.ShutdownGrace = TimeSpan.Zero);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "it has finished");
        await receiver.ReceivesAsync(1);

        await worker.StopAsync();

        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("without having sent 1 webhooks"));
        silence.SetResult(200);
    }

    [Theory, OnEachBackend]
    public async Task WHK_5_the_caller_of_a_synchronous_run_sends_them_with_the_given_client(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using var receiver = WebhookReceiver.Start();
        using var handler = new CountingHandler();
        using var client = new HttpClient(handler);
        Job job = await EnqueueAsync(world, Post(receiver, JobStatus.Finished));
        Execution execution = await Inline.TakeAsync(world, job);
        WorkerOptions options = Inline.Options(world, each => each.HttpClient = client);

        Outcome outcome = await InlineExecution.RunAsync(world.Rq, options, new RunningExecution(execution));
        await InlineExecution.SendWebhooksAsync(world.Rq, options, execution, outcome);
        await InlineExecution.SendWebhooksAsync(world.Rq, options, execution, outcome);

        receiver.All.Count.ShouldBe(1);
        handler.Count.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task CBK_9_a_webhook_is_sent_after_the_callback_and_the_end_is_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var order = new ConcurrentQueue<string>();
        await using var receiver = WebhookReceiver.Start(async received =>
        {
            string id = JsonDocument.Parse(received.Body).RootElement.GetProperty("job_id").GetString()!;
            order.Enqueue($"{string.Join(' ', TestJobs.Noted(id))}, stored {(await Job.FetchAsync(id, world.Rq)).Status}");
            return 200;
        });
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { OnSuccess = Callback.To(CallbackJobs.LooksAtServerAsync), Webhooks = [Post(receiver, JobStatus.Finished)] });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { OnFailure = Callback.To(CallbackJobs.LooksAtServerAsync), Webhooks = [Post(receiver, JobStatus.Failed)] });

        await world.RunBurstAsync();

        order.ShouldBe(["Finished stored Started True, stored Finished", "Failed stored Started True, stored Failed"], ignoreOrder: true);
    }

    private static Webhook Post(WebhookReceiver receiver, JobStatus status) => new(receiver.Url + "/", status) { Method = HttpMethod.Post };

    private static async Task<Job> EnqueueAsync(TestWorld world, params Webhook[] webhooks) =>
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Webhooks = webhooks });

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        public int Count { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Count++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
