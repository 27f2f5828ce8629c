using System.Text;
using RQ.Jobs;
using RQ.Serialization;
using RQ.Webhooks;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Webhooks;

public class WebhookBodyTests
{
    private static readonly DateTimeOffset s_endedAt = DateTimeOffset.Parse("2026-11-25T10:35:37.645714+00:00", System.Globalization.CultureInfo.InvariantCulture);

    // What RQ 2.10 sent.
    [Fact]
    public void WHK_2_the_body_is_rqs() => Body(Job(), JobStatus.Finished, null).ShouldBe(
        """{"job_id": "wh-ok", "func_name": "fixture_tasks.add", "status": "finished", "enqueued_at": "2026-11-25T10:35:36.971904+00:00", "ended_at": "2026-11-25T10:35:37.645714+00:00"}""");

    [Fact]
    public void A_failure_is_told_and_what_is_unknown_is_null() =>
        Body(JobHash.Read("x", RedisResult.Create([(RedisValue)"data", "rubbish"])), JobStatus.Failed, "\"boom\"\n", s_endedAt.AddTicks(-6457140)).ShouldBe(
            """{"job_id": "x", "func_name": null, "status": "failed", "enqueued_at": null, "ended_at": "2026-11-25T10:35:37+00:00", "exc_info": "\"boom\"\n"}""");

    private static string Body(JobHash job, JobStatus status, string? text, DateTimeOffset? endedAt = null) =>
        Encoding.UTF8.GetString(WebhookBody.Write(job, status, endedAt ?? s_endedAt, text));

    private static JobHash Job() => JobHash.Read("wh-ok", RedisResult.Create(
        [(RedisValue)"data", CallData.Write(JobCall.To("fixture_tasks.add", 1, 2), JobSerializer.Pickle), "enqueued_at", "2026-11-25T10:35:36.971904Z"]));
}
