namespace RQ.Tool.Tests;

/// <summary>CLI: what holds for all commands.</summary>
public class RqCommandTests
{
    [Fact]
    public async Task Version_is_one_line()
    {
        RqExit exit = await RqProcess.RunAsync("--version");

        exit.Code.ShouldBe(0);
        exit.Output.ShouldMatch(@"^\d+\.\d+\.\d+\n$");
    }

    [Fact]
    public async Task Help_lists_the_commands_with_examples()
    {
        RqExit exit = await RqProcess.RunAsync("--help");

        exit.Code.ShouldBe(0);
        foreach (string text in new[] { "rq worker --assembly", "rq enqueue ", "COMMANDS:", "worker ", "worker-pool ", "enqueue ", "info ", "suspend ", "resume ", "stop ", "shutdown ", "kill-horse ", "server ", "scheduler ", "cron ", "empty ", "requeue " })
            exit.Output.ShouldContain(text);
    }

    [Fact]
    public async Task Every_command_tells_its_usage_and_each_of_its_options()
    {
        RqExit commands = await RqProcess.RunAsync("--help");
        string[] names = [.. commands.Output[commands.Output.IndexOf("COMMANDS:", StringComparison.Ordinal)..].Split('\n').Skip(1)
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal) && line[4] != ' ').Select(line => line.Trim().Split(' ')[0])];
        names.Length.ShouldBeGreaterThan(12);

        foreach (string name in names)
        {
            RqExit help = await RqProcess.RunAsync(name, "--help");
            help.Code.ShouldBe(0, $"rq {name} --help: {help.Errors}");
            help.Output.ShouldContain($"rq {name}");
            help.Output.ShouldContain("--help");
        }
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("worker", "--bogus")]
    [InlineData("worker", "--concurrency", "0")]
    [InlineData("worker", "--concurrency", "many")]
    [InlineData("worker", "-v", "-q")]
    [InlineData("worker", "--logging_level", "LOUD")]
    [InlineData("worker", "--log-format", "hello")]
    [InlineData("worker", "--isolation", "none", "--max-idle-time", "soon")]
    [InlineData("worker-pool", "-n", "none")]
    [InlineData("suspend", "--duration", "a while")]
    [InlineData("stop")]
    [InlineData("shutdown")]
    [InlineData("enqueue")]
    [InlineData("enqueue", "f", "a=1", "a=2")]
    [InlineData("enqueue", "f", ":{")]
    [InlineData("enqueue", "f", "%{")]
    [InlineData("enqueue", "f", "@/no/such/file")]
    [InlineData("enqueue", "f", "--timeout", "1x")]
    [InlineData("enqueue", "f", "--timeout", "0")]
    [InlineData("requeue", "--all")]
    [InlineData("requeue", "--queue", "", "id")]
    [InlineData("empty", "")]
    [InlineData("scheduler", "-v", "-q")]
    [InlineData("scheduler", "--logging-level", "LOUD")]
    [InlineData("cron", "f.json", "--check", "--store")]
    [InlineData("cron", "show")]
    [InlineData("cron", "show", "n", "-n", "-1")]
    [InlineData("cron", "edit", "n")]
    [InlineData("cron", "edit", "n", "--cron", "* * * * *", "--interval", "5")]
    [InlineData("info", "--interval", "0")]
    [InlineData("server", "--port", "70000")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(params string[] arguments)
    {
        RqExit exit = await RqProcess.RunAsync(arguments);

        exit.Code.ShouldBe(2, exit.Errors);
        exit.Output.ShouldBeEmpty();
        exit.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("rq: ");
    }

    [Theory]
    [InlineData("redis://:sesame@no-such-host.invalid:6379/0", "no-such-host.invalid:6379")]
    [InlineData("redis://user:sesame@127.0.0.1:1/0", "nothing listens there")]
    [InlineData("127.0.0.1:1,password=sesame", "nothing listens there")]
    [InlineData("foo://:sesame@host", "redis://")]
    [InlineData("redis://:sesame word@@::/", "redis://")]
    [InlineData("embedded:memory", "embedded:path=DIR")]
    public async Task An_address_that_leads_nowhere_is_one_line_and_exit_code_1_WRK_23_S143(string url, string told)
    {
        foreach (string[] command in new string[][] { ["info", "-u", url], ["enqueue", "f", "--url", url] })
        {
            RqExit exit = await RqProcess.RunAsync(command);

            exit.Code.ShouldBe(1, exit.Errors);
            string line = exit.ErrorLines.ShouldHaveSingleItem();
            line.ShouldContain(told);
            line.ShouldNotContain("sesame");
        }
    }

    [Fact]
    public async Task A_server_that_asks_for_a_password_says_so()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.RequirePasswordAsync("sesame");

        (await RqProcess.RunAsync("info", "-u", server.Url())).Errors.ShouldContain("it asks for a password");
        RqExit wrong = await RqProcess.RunAsync("info", "-u", $"redis://:guess@127.0.0.1:{server.Port}/0");
        wrong.Code.ShouldBe(1);
        wrong.ErrorLines.ShouldHaveSingleItem().ShouldContain("refused the user name or password");
        wrong.Errors.ShouldNotContain("guess");
        (await RqProcess.RunAsync([("RQ_REDIS_URL", $"redis://:sesame@127.0.0.1:{server.Port}/0")], "info", "--raw")).Code.ShouldBe(0);
        server.Kill();
    }

    [Fact]
    public async Task The_option_wins_over_the_environment_CON_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue("here").EnqueueAsync(JobCall.To("f"));

        (await RqProcess.RunAsync([("RQ_REDIS_URL", world.Url)], "info", "-r")).Output.ShouldContain("queue here 1");
        (await RqProcess.RunAsync([("RQ_REDIS_URL", "redis://127.0.0.1:1")], "info", "-r", "-u", world.Url)).Output.ShouldContain("queue here 1");
    }
}
