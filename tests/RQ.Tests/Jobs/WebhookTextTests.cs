using RQ.Jobs;
using Shouldly;
using Xunit;

namespace RQ.Tests.Jobs;

/// <summary>Webhooks as they are stored, also by others.</summary>
public class WebhookTextTests
{
    [Fact]
    public void One_that_cannot_be_read_takes_no_other_along()
    {
        string text = """
            [{"url": "http://one/", "job_status": "finished", "method": "GET", "headers": null, "timeout": 2.5},
             {"url": 5}, null, "x", {"url": "nonsense", "job_status": "finished", "method": "GET", "timeout": 5},
             {"url": "http://two/", "job_status": "failed", "method": "POST", "headers": {"a": "b"}, "timeout": 7}]
            """;

        Webhook read = WebhookText.Read(text).ShouldHaveSingleItem();

        (read.Url.OriginalString, read.Status, read.Method, read.Timeout).ShouldBe(("http://two/", JobStatus.Failed, HttpMethod.Post, TimeSpan.FromSeconds(7)));
        WebhookText.Read("{}").ShouldBeEmpty();
        WebhookText.Read("[").ShouldBeEmpty();
    }
}
