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
        int count = await AskForHelpAsync();

        count.ShouldBeGreaterThan(12 + RQ.Tool.Cron.CronCommands.Names.Count);
    }

    /// <summary>Asks a command and all that are below it.</summary>
    /// <returns>How many those are.</returns>
    private static async Task<int> AskForHelpAsync(params string[] command)
    {
        RqExit help = await RqProcess.RunAsync([.. command, "--help"]);
        help.Code.ShouldBe(0, $"rq {string.Join(' ', command)} --help: {help.Errors}");
        help.Errors.ShouldBeEmpty();
        help.Output.ShouldContain(string.Join(' ', ["rq", .. command]));
        help.Output.ShouldContain("--help");

        int count = 1, commands = help.Output.IndexOf("COMMANDS:", StringComparison.Ordinal);
        IEnumerable<string> names = commands < 0 ? [] : help.Output[commands..].Split('\n').Skip(1)
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal) && line[4] != ' ').Select(line => line.Trim().Split(' ')[0]);
        foreach (string name in names)
            count += await AskForHelpAsync([.. command, name]);
        return count;
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
    [InlineData("stop", "--", "")]
    [InlineData("stop", "a", "--", "b")]
    [InlineData("shutdown")]
    [InlineData("shutdown", "--", "a", "b")]
    [InlineData("kill-horse")]
    [InlineData("suspend", "--", "a")]
    [InlineData("resume", "--", "a")]
    [InlineData("worker", "")]
    [InlineData("worker", "a:intermediate")]
    [InlineData("worker", "--callback-queue", "a:intermediate")]
    [InlineData("worker-pool", "a", "--", "a:intermediate")]
    [InlineData("worker-pool", "--name", "a:claims:b")]
    [InlineData("enqueue")]
    [InlineData("enqueue", "-q", "", "f")]
    [InlineData("enqueue", "-q", "a:intermediate", "f")]
    [InlineData("enqueue", "f", "--depends-on", "", "-u", "embedded:")]
    [InlineData("enqueue", "f", "a=1", "a=2")]
    [InlineData("enqueue", "f", ":{")]
    [InlineData("enqueue", "f", "%{")]
    [InlineData("enqueue", "f", "@/no/such/file")]
    [InlineData("enqueue", "f", "--timeout", "1x")]
    [InlineData("enqueue", "f", "--timeout", "0")]
    [InlineData("requeue", "--all")]
    [InlineData("requeue", "--queue", "", "id")]
    [InlineData("empty", "")]
    [InlineData("empty", "--", "")]
    [InlineData("empty", "a:intermediate")]
    [InlineData("scheduler", "a:intermediate")]
    [InlineData("scheduler", "-v", "-q")]
    [InlineData("scheduler", "--logging-level", "LOUD")]
    [InlineData("cron", "f.json", "--check", "--store")]
    [InlineData("cron", "show")]
    [InlineData("cron", "show", "n", "-n", "-1")]
    [InlineData("cron", "edit", "n")]
    [InlineData("cron", "edit", "n", "--cron", "* * * * *", "--interval", "5")]
    [InlineData("cron", "list", "--", "a")]
    [InlineData("cron", "schedulers", "--", "a")]
    [InlineData("info", "--interval", "0")]
    [InlineData("info", "--", "")]
    [InlineData("info", "a:intermediate")]
    [InlineData("server", "--port", "70000")]
    [InlineData("server", "--", "a")]
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
        string[][] commands = [["info", "-u", url], ["enqueue", "f", "--url", url]];
        // Of the others it waits for the server.
        if (url.StartsWith("embedded:", StringComparison.Ordinal))
            commands = [.. commands, ["worker-pool", "-u", url]];
        foreach (string[] command in commands)
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
