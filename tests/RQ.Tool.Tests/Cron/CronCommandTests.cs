using RQ.Tool.Cron;

namespace RQ.Tool.Tests.Cron;

/// <summary>CLI_9: what <c>rq cron</c> is called with.</summary>
public class CronCommandTests
{
    [Theory]
    [InlineData("cron schedules.json", "cron run schedules.json")]
    [InlineData("cron -l DEBUG schedules.json", "cron run -l DEBUG schedules.json")]
    [InlineData("cron run list", "cron run list")]
    [InlineData("cron ./list", "cron run ./list")]
    [InlineData("cron list --json", "cron list --json")]
    [InlineData("cron --help", "cron --help")]
    [InlineData("cron", "cron")]
    [InlineData("worker cron", "worker cron")]
    [InlineData("cron -u redis://a list", "cron list -u redis://a")]
    [InlineData("cron --url=redis://a list --json", "cron list --url=redis://a --json")]
    [InlineData("cron --check s.json", "cron run --check s.json")]
    [InlineData("cron -n 3 -u redis://a show list", "cron show -n 3 -u redis://a list")]
    [InlineData("cron -u list s.json", "cron run -u list s.json")]
    [InlineData("cron -u redis://a --help", "cron -u redis://a --help")]
    public void A_file_is_run_as_RQ_does_it_CLI_9(string given, string meant) =>
        CronCommands.WithName(given.Split(' '), []).ShouldBe(meant.Split(' '));

    [Theory]
    [InlineData("cron_config.py", "is a Python program, which rq for .NET cannot run. Write its schedules as JSON: {\"schedules\": [{\"name\"")]
    [InlineData("my_package.cron_config", "There is no file 'my_package.cron_config'. If it is a Python module: rq for .NET cannot run one. Write its schedules as JSON: {")]
    [InlineData("/no/such/schedules.json", "Write one such as {\"schedules\": [{\"name\"")]
    public async Task What_is_no_file_of_schedules_is_one_line_with_the_way_out_CRN_1_CLI_9(string file, string told)
    {
        RqExit exit = await RqProcess.RunAsync("cron", file);

        exit.Code.ShouldBe(1);
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
    }

    [Theory]
    [InlineData("'rq cron' needs a file of schedules to run, or a command: run, list, show,", "cron")]
    [InlineData("FILE is missing", "cron", "--check")]
    [InlineData("FILE is missing", "cron", "run")]
    [InlineData("One FILE is enough; there are 2", "cron", "a.json", "--", "b.json")]
    [InlineData("NAME is missing", "cron", "show")]
    [InlineData("NAME is blank", "cron", "show", "")]
    [InlineData("NAME is blank", "cron", "remove", " ")]
    [InlineData("NAME is blank", "cron", "edit", "", "--queue", "low")]
    [InlineData("One NAME is enough; there are 2: 'a', '-b'", "cron", "remove", "a", "--", "-b")]
    [InlineData("write whole seconds", "cron", "edit", "a", "--interval", "1.5")]
    [InlineData("from 1 to 10,000", "cron", "edit", "a", "--missed-runs", "100000")]
    public async Task What_is_called_wrongly_is_told_with_exit_code_2_CLI_9(string told, params string[] arguments)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.AddOrUpdateAsync("a", "0 0 1 1 *", () => TestJobs.Nothing());

        RqExit exit = await RqProcess.RunAsync([("RQ_REDIS_URL", world.Url)], arguments);

        (exit.Code, exit.Output).ShouldBe((2, ""), exit.Errors);
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
    }

    [Fact]
    public async Task An_expression_with_both_days_is_noted_CRN_3()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("s.json", """
            {"schedules": [
              {"name": "both", "function": "f", "cron": "0 9 13 * FRI"}, {"name": "both of six", "function": "f", "cron": "0 0 9 1-7 * MON"},
              {"name": "one", "function": "f", "cron": "0 9 13 * *"}, {"name": "other", "function": "f", "cron": "0 9 ? * FRI"}, {"name": "none", "function": "f", "cron": "@daily"}
            ]}
            """);

        RqExit exit = await RqProcess.RunAsync("cron", file, "--check");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.ErrorLines.Select(line => line.Split(": ")[1]).ShouldBe(["both", "both of six"]);
        exit.Errors.ShouldContain("Here both must be true; crontab and Python RQ run it when either is.");
    }

    [Fact]
    public async Task A_file_is_checked_without_a_server_and_all_problems_are_told_CRN_1()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "schedules.json");
        await File.WriteAllTextAsync(file, """
            {"schedules": [
              {"name": "a", "function": "f", "cron": "0 9 * * *", "timezone": "UTC"},
              {"name": "b"}
            ]}
            """);

        foreach (string option in new[] { "--check", "--store", "--quiet" })
        {
            RqExit exit = await RqProcess.RunAsync("cron", file, option, "-u", "redis://127.0.0.1:1");

            (exit.Code, exit.Output).ShouldBe((1, ""));
            exit.ErrorLines.Length.ShouldBe(2);
            exit.ErrorLines[0].ShouldStartWith($"{file}:2: schedule 'a': 'timezone' is not known.");
            exit.ErrorLines[1].ShouldStartWith($"{file}:3: schedule 'b': 'function' is missing");
        }
    }
}
