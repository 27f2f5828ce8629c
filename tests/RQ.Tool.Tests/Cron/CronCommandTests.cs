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
    public void A_file_is_run_as_RQ_does_it_CLI_9(string given, string meant) =>
        RqCommand.WithCronRun(given.Split(' ')).ShouldBe(meant.Split(' '));

    [Theory]
    [InlineData("cron_config.py", "is a Python program, which rq for .NET cannot run. Write its schedules as JSON: {\"schedules\": [{\"name\"")]
    [InlineData("my_package.cron_config", "There is no file 'my_package.cron_config'")]
    [InlineData("/no/such/schedules.json", "Write one such as {\"schedules\": [{\"name\"")]
    public async Task What_is_no_file_of_schedules_is_one_line_with_the_way_out_CRN_1_CLI_9(string file, string told)
    {
        RqExit exit = await RqProcess.RunAsync("cron", file);

        exit.Code.ShouldBe(1);
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
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
