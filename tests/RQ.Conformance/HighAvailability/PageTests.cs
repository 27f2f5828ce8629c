using Microsoft.Extensions.Logging.Abstractions;
using RQ.Conformance.Samples;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>What the page on high availability shows is what happens.</summary>
public sealed class PageTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Page = "docs/high-availability.md";

    [Fact]
    public async Task An_enqueue_waits_for_a_replica_and_tells_of_one_that_is_missing()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        (await HighAvailabilityExample.ConfirmAsync(primary.Url(), "42", NullLogger.Instance)).Id.ShouldBe("collect-42");
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        (await HighAvailabilityExample.ConfirmAsync(primary.Url(), "43", NullLogger.Instance)).Id.ShouldBe("collect-43");
        await using RqConnection rq = await RqConnection.ConnectAsync(primary.Url());
        (await new Queue("payments", rq).GetJobIdsAsync()).ShouldBe(["collect-42", "collect-43"]);
    }

    [Fact]
    public async Task One_program_serves_several_namespaces()
    {
        using var stop = new CancellationTokenSource();
        Task serving = HighAvailabilityExample.ServeAsync(fixture.Cluster.Url, new JobFunctions().AddAssemblyOf<Backend>(), stop.Token);
        foreach (string prefix in new[] { "{berlin}:", "{lisbon}:", "{oslo}:" })
        {
            await using RqConnection rq = await RqConnection.ConnectAsync(fixture.Cluster.Url, new RqConnectionOptions { KeyPrefix = prefix });
            (await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }

        await stop.CancelAsync();
        await serving.WaitAsync(Eventually.Limit);
    }

    [Fact]
    public void The_examples_are_the_code_that_runs()
    {
        string[] code = Pages.Lines(Pages.Read("tests/RQ.Conformance/Samples/HighAvailabilityExample.cs"));
        string[][] blocks = [.. Pages.Blocks("```csharp", Page).Select(Pages.Lines)];
        blocks.Length.ShouldBe(2);
        foreach (string[] shown in blocks)
            code.Skip(Array.IndexOf(code, shown[0])).Take(shown.Length).ShouldBe(shown);
    }
}
