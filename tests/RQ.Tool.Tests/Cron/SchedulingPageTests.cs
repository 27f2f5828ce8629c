using System.Text;
using RQ.Tool.Cron;

namespace RQ.Tool.Tests.Cron;

/// <summary>The commands and the file of docs/scheduling.md.</summary>
public class SchedulingPageTests
{
    [Fact]
    public async Task What_the_page_shows_is_what_can_be_done()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs/scheduling.md"));
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var directory = new TemporaryDirectory();
        string file = directory.File("schedules.json", Blocks(page, "```json").ShouldHaveSingleItem());
        string[][] commands = [.. Blocks(page, "```console").SelectMany(block => block.Split('\n')).Where(line => line.StartsWith("$ rq ", StringComparison.Ordinal)).Select(Words)];
        commands.Length.ShouldBe(11);

        foreach (string[] command in commands)
        {
            string[] arguments = Array.ConvertAll(command, word => word == "schedules.json" ? file : word);
            await using RqProcess rq = RqProcess.Start([("RQ_REDIS_URL", world.Url)], arguments);
            if (arguments[^1] == file)
            {
                await rq.LineAsync("started with PID");
                await rq.SignalAsync("TERM");
            }

            RqExit exit = await rq.ExitAsync();
            exit.Code.ShouldBe(0, $"{string.Join(' ', command)}: {exit.Errors}");
        }

        (await world.Rq.Cron.ListAsync()).ShouldHaveSingleItem().Name.ShouldBe("clean-up");
    }

    [Fact]
    public void The_page_shows_all_that_a_schedule_can_say()
    {
        string json = Blocks(File.ReadAllText(Path.Combine(Root(), "docs/scheduling.md")), "```json").ShouldHaveSingleItem();
        string problem = Should.Throw<ScheduleFileException>(() => ScheduleFile.Parse("f", """{"schedules": [{"function": "f", "interval": 5, "x": 1}]}"""u8.ToArray())).Problems.ShouldHaveSingleItem();
        foreach (string property in problem.Split("There are: ")[1].TrimEnd('.').Split(", ").Except(["onSuccess", "onStopped"]))
            json.ShouldContain($"\"{property}\":");
        ScheduleFile.Parse("f", Encoding.UTF8.GetBytes(json)).Schedules.Count.ShouldBe(2);
    }

    // As a shell would, as far as the page needs it.
    private static string[] Words(string line)
    {
        string[] parts = line[5..].Split(" # ")[0].Split('\'');
        return [.. parts.SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }

    private static IEnumerable<string> Blocks(string page, string fence) =>
        page.Split(fence + "\n")[1..].Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]);

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "RQ.slnx")))
            directory = directory.Parent;
        return directory!.FullName;
    }
}
