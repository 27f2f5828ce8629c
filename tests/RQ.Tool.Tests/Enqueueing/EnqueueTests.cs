using StackExchange.Redis;

namespace RQ.Tool.Tests.Enqueueing;

/// <summary>CLI_7: <c>rq enqueue</c> as a process.</summary>
public class EnqueueTests
{
    [Fact]
    public async Task Stores_the_call_and_its_options_CLI_7()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string text = new('x', 100);

        RqExit exit = await RqProcess.RunAsync(
            "enqueue", "-u", world.Url, "--queue", "high", "--timeout", "1h", "--result-ttl", "-1", "--ttl=2D", "--failure-ttl", "0",
            "--job-id", "mine", "--retry-max", "2", "--retry-interval", "5", "--retry-interval", "10", "my_module.count", text, "n:=1");

        string call = $"my_module.count('{text}', n=1)";
        exit.ShouldBe(new RqExit(0, $"Enqueued {call} with job-id 'mine'.\n", ""));
        (await world.Queue("high").GetJobIdsAsync()).ShouldBe(["mine"]);
        Dictionary<string, string> hash = (await world.Database().HashGetAllAsync("rq:job:mine"))
            .ToDictionary(entry => entry.Name.ToString(), entry => entry.Value.ToString());
        hash["description"].ShouldBe(call);
        hash["origin"].ShouldBe("high");
        hash["timeout"].ShouldBe("3600");
        hash["result_ttl"].ShouldBe("-1");
        hash["ttl"].ShouldBe("172800");
        hash["failure_ttl"].ShouldBe("0");
        hash["retries_left"].ShouldBe("2");
        hash["retry_intervals"].ShouldBe("[5,10]");
    }

    [Fact]
    public async Task Puts_at_front_waits_for_others_and_keeps_quiet_CLI_7()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueAsync(JobCall.To("first"), new JobOptions { Id = "first" });

        RqExit front = await RqProcess.RunAsync("enqueue", "-u", world.Url, "--quiet", "--at-front", "--job-id", "front", "--description", "in short", "f", "--", "-1", "--flag");
        RqExit child = await RqProcess.RunAsync("enqueue", "-u", world.Url, "--depends-on", "first", "--depends-on", "front", "--job-id", "child", "f");

        front.ShouldBe(new RqExit(0, "", ""));
        child.Code.ShouldBe(0, child.Errors);
        (await world.Queue().GetJobIdsAsync()).ShouldBe(["front", "first"]);
        Job job = await Job.FetchAsync("front", world.Rq);
        job.Description.ShouldBe("in short");
        job.Arguments.ShouldBe(["-1", "--flag"]);
        (await Job.FetchAsync("child", world.Rq)).Status.ShouldBe(JobStatus.Deferred);
    }

    [Fact]
    public async Task An_id_that_cannot_be_is_wrong_usage()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        RqExit exit = await RqProcess.RunAsync("enqueue", "-u", world.Url, "--job-id", "a:b", "f");

        exit.Code.ShouldBe(2);
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain("'a:b'");
    }
}
