using System.Globalization;
using System.Text.Json;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Golden;

/// <summary>One job of a golden snapshot: what must come out when it is read.</summary>
internal sealed class GoldenJob
{
    private readonly string _id;
    private readonly JsonElement _fields;
    private readonly JsonElement[] _results;

    private GoldenJob(string id, JsonElement fields, JsonElement[] results)
    {
        _id = id;
        _fields = fields;
        _results = results;
    }

    public static IEnumerable<GoldenJob> In(JsonElement keys) => keys.EnumerateObject()
        .Where(key => key.Name.StartsWith("rq:job:", StringComparison.Ordinal) && key.Value.GetProperty("type").GetString() == "hash")
        .Select(key =>
        {
            string id = key.Name["rq:job:".Length..];
            JsonElement[] results = keys.TryGetProperty("rq:results:" + id, out JsonElement stream)
                ? [.. stream.GetProperty("value").EnumerateArray().Reverse()]
                : [];
            return new GoldenJob(id, key.Value.GetProperty("value"), results);
        });

    public async Task IsReadAsync(TestWorld world)
    {
        Job job = await Job.FetchAsync(_id, world.Rq);
        AttributesAreRead(job);
        CallIsRead(job);
        OptionsAreRead(await ReadJobs.ExecuteAsync(world.Rq, _id));
        await ResultsAreReadAsync(job);
    }

    private void AttributesAreRead(Job job)
    {
        job.Status.ToText().ShouldBe(Text("status"));
        job.Origin.ShouldBe(Text("origin"));
        job.Description.ShouldBe(Text("description"));
        job.CreatedAt.ShouldBe(Time("created_at"));
        job.EnqueuedAt.ShouldBe(Time("enqueued_at"));
        job.StartedAt.ShouldBe(Time("started_at"));
        job.EndedAt.ShouldBe(Time("ended_at"));
        job.LastHeartbeat.ShouldBe(Time("last_heartbeat"));
        job.WorkerName.ShouldBe(Text("worker_name"));
        job.Timeout.ShouldBe(Duration("timeout"));
        job.ResultTtl.ShouldBe(Duration("result_ttl"));
        job.FailureTtl.ShouldBe(Duration("failure_ttl"));
        job.RetriesLeft.ShouldBe(Number("retries_left"));
        job.DependencyIds.ShouldBe(Json<string[]>("dependency_ids") ?? []);
        PythonValue.Of(job.Meta).ShouldBe(_fields.TryGetProperty("meta", out JsonElement meta) ? PythonValue.Seen(meta) : "{}");
    }

    private void CallIsRead(Job job)
    {
        string seen = PythonValue.Seen(_fields.GetProperty("data"));
        if (seen == "not pickle")
        {
            Should.Throw<RqException>(() => job.Function);
            return;
        }

        // A method that is called on an object, which only Python has.
        if (seen.Contains(" object at ", StringComparison.Ordinal))
        {
            seen.ShouldStartWith($"('{job.Function}', <");
            seen.ShouldEndWith($" {PythonValue.Of(job.Arguments)}, {PythonValue.Of(job.KeywordArguments)})");
            return;
        }

        string parts = $"'{job.Function}', None, {PythonValue.Of(job.Arguments)}, {PythonValue.Of(job.KeywordArguments)}";
        seen.ShouldBe(seen[0] == '(' ? $"({parts})" : $"[{parts}]");
    }

    private void OptionsAreRead(JobHash hash)
    {
        (hash.SuccessCallback?.Function, hash.SuccessCallback?.Timeout).ShouldBe(Callback("success"));
        (hash.FailureCallback?.Function, hash.FailureCallback?.Timeout).ShouldBe(Callback("failure"));
        (hash.StoppedCallback?.Function, hash.StoppedCallback?.Timeout).ShouldBe(Callback("stopped"));
        hash.RetryIntervals.ShouldBe(Json<long[]>("retry_intervals") ?? []);
        hash.RetriesAtFront.ShouldBe(Text("enqueue_at_front_on_retry") == "1");
        hash.NumberOfRetries.ShouldBe(Number("number_of_retries") ?? 0);
        hash.RepeatsLeft.ShouldBe(Number("repeats_left"));
        hash.RepeatIntervals.ShouldBe(Json<long[]>("repeat_intervals") ?? []);
        hash.Text(JobFields.RateLimitKey).ShouldBe(Text("rate_limit_key"));
        hash.Text(JobFields.GroupId).ShouldBe(Text("group_id"));
        JsonElement[] webhooks = Json<JsonElement[]>("webhooks") ?? [];
        foreach ((Webhook webhook, JsonElement golden) in WebhookText.Read(hash.Text(JobFields.Webhooks)).Zip(webhooks, (read, golden) => (read, golden)))
        {
            webhook.Url.OriginalString.ShouldBe(golden.GetProperty("url").GetString());
            webhook.Status.ToText().ShouldBe(golden.GetProperty("job_status").GetString());
            webhook.Method.Method.ShouldBe(golden.GetProperty("method").GetString());
            webhook.Timeout.ShouldBe(TimeSpan.FromSeconds(golden.GetProperty("timeout").GetInt32()));
            webhook.Headers.ShouldBe(golden.GetProperty("headers").Deserialize<Dictionary<string, string>?>() ?? []);
        }

        WebhookText.Read(hash.Text(JobFields.Webhooks)).Count.ShouldBe(webhooks.Length);
    }

    private async Task ResultsAreReadAsync(Job job)
    {
        IReadOnlyList<JobResult> results = await job.GetResultsAsync();
        JobResult? latest = await job.GetLatestResultAsync();
        if (_results.Length == 0)
        {
            ResultInHashIsRead(latest, results);
            return;
        }

        results.Count.ShouldBe(_results.Length);
        latest.ShouldNotBeNull().CreatedAt.ShouldBe(results[0].CreatedAt);
        foreach ((JobResult result, JsonElement golden) in results.Zip(_results))
            ResultIsRead(result, golden);
    }

    // RQ 1.13 writes the failure of an abandoned job there and nowhere else; a job that was requeued has an empty text.
    private void ResultInHashIsRead(JobResult? latest, IReadOnlyList<JobResult> results)
    {
        string? text = _fields.TryGetProperty("exc_info", out JsonElement info) ? PythonValue.Seen(info) : null;
        bool hasEnded = Text("status") is "finished" or "failed" or "stopped";
        if (hasEnded && text is not null)
        {
            results.ShouldHaveSingleItem().ExceptionText.ShouldBe(text);
            latest.ShouldNotBeNull().Type.ShouldBe(JobResultType.Failed);
        }
        else
        {
            results.ShouldBeEmpty();
        }
    }

    private static void ResultIsRead(JobResult result, JsonElement golden)
    {
        JsonElement fields = golden.GetProperty("fields");
        string id = golden.GetProperty("id").GetString()!;
        result.CreatedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture)));
        ((int)result.Type).ToString(CultureInfo.InvariantCulture).ShouldBe(Field("type"));
        result.IsSuccessful.ShouldBe(Field("type") == "1");
        result.WorkerName.ShouldBe(Field("worker_name"));
        result.ExecutionId.ShouldBe(Field("execution_id"));
        result.ExecutionStartedAt.ShouldBe(Unix("execution_started_at"));
        result.ExecutionEndedAt.ShouldBe(Unix("execution_ended_at"));
        result.ExceptionText.ShouldBe(Decoded("exc_string"));
        PythonValue.Of(result.ReturnValue).ShouldBe(Decoded("return_value") switch
        {
            null => "None",
            ['R', 'e', 't', 'r', 'y', ..] => "{'max': 1, 'intervals': [0], 'enqueue_at_front': False}",
            var value => value,
        });

        string? Field(string name) => fields.TryGetProperty(name, out JsonElement value) && value.GetString() is { Length: > 0 } text ? text : null;

        string? Decoded(string name) =>
            golden.TryGetProperty("base64_decoded", out JsonElement all) && all.TryGetProperty(name, out JsonElement value) ? PythonValue.Seen(value) : null;

        DateTimeOffset? Unix(string name) => Field(name) is { } text
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(decimal.Parse(text, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond))
            : null;
    }

    private (string? Function, TimeSpan? Timeout) Callback(string kind) => Text(kind + "_callback_name") is { } function
        ? (function, TimeSpan.FromSeconds(Number(kind + "_callback_timeout") ?? 60))
        : (null, null);

    private string? Text(string field) => _fields.TryGetProperty(field, out JsonElement value) && value.GetString() is { Length: > 0 } text ? text : null;

    private int? Number(string field) => Text(field) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private T? Json<T>(string field)
        where T : class => Text(field) is { } text ? JsonSerializer.Deserialize<T>(text) : null;

    private TimeSpan? Duration(string field) => Number(field) switch
    {
        null => null,
        < 0 => System.Threading.Timeout.InfiniteTimeSpan,
        var seconds => TimeSpan.FromSeconds(seconds.Value),
    };

    private DateTimeOffset? Time(string field) => Text(field) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;
}
