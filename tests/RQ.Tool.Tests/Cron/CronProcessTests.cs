using System.Text.Json;

namespace RQ.Tool.Tests.Cron;

/// <summary>CLI_9: <c>rq cron</c> as a process, and the commands that manage what is stored.</summary>
public class CronProcessTests
{
    private const string Function = "RQ.TestSupport.TestJobs.Add";

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_file_is_stored_and_run_until_it_is_told_to_stop_CRN_1_CRN_4_CRN_11_CLI_9(string signal)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var directory = new TemporaryDirectory();
        string file = directory.File("schedules.json", $$"""
            {"schedules": [
              {"name": "often", "function": "{{Function}}", "args": [1], "kwargs": {"y": 2}, "interval": "1h", "queue": "low"},
              {"name": "new-year", "function": "{{Function}}", "cron": "0 0 1 1 *", "timeZone": "Europe/Berlin"},
            ]}
            """);
        await using RqProcess cron = RqProcess.Start("cron", file, "-u", world.Url, "-l", "INFO");
        await cron.LineAsync($"Stored 2 schedules from {file}");
        await Eventually.BecomesAsync(async () => await world.Queue("low").CountAsync() == 1, "the first run of an interval is at once");
        await Eventually.BecomesAsync(
            async () => (await RqProcess.RunAsync("cron", "schedulers", "-u", world.Url)).Output.Contains($"runs 2 schedules (started with {file})", StringComparison.Ordinal), "it is listed");

        Job job = (await world.Queue("low").GetJobsAsync()).ShouldHaveSingleItem();
        job.Description.ShouldBe($"{Function}(1, y=2)");
        File.ReadAllText($"/proc/{cron.Id}/comm").ShouldBe("rq cron\n");
        await cron.SignalAsync(signal);
        RqExit exit = await cron.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Errors.ShouldBeEmpty();
        (await RqProcess.RunAsync("cron", "schedulers", "-u", world.Url)).Output.ShouldBe("0 schedulers\n");

        // Again: the interval has been run and goes on.
        await using RqProcess second = RqProcess.Start("cron", file, "-u", world.Url);
        await second.LineAsync("Stored 2 schedules");
        await second.LineAsync("started with PID");
        (await world.Queue("low").CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Schedules_that_the_file_has_lost_are_removed_and_others_stay_S073_CRN_1()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var directory = new TemporaryDirectory();
        await world.Rq.Cron.AddOrUpdateAsync("coded", "0 0 1 1 *", () => TestJobs.Nothing());
        string file = directory.File("schedules.json", """{"schedules": [{"function": "a", "cron": "0 0 1 1 *"}, {"function": "b", "cron": "0 0 1 1 *"}]}""");
        (await RqProcess.RunAsync("cron", file, "--store", "-u", world.Url)).ShouldBe(new RqExit(0, "Stored 2 schedules.\n", ""));
        (await NamesAsync(world)).ShouldBe(["a", "b", "coded"]);

        directory.File("schedules.json", """{"schedules": [{"function": "b", "cron": "0 0 1 1 *"}]}""");
        await RqProcess.RunAsync("cron", "run", file, "--store", "-u", world.Url);

        (await NamesAsync(world)).ShouldBe(["b", "coded"]);
        (await world.Rq.Cron.FindAsync("b"))!.Source.ShouldBe($"file:{file}");
    }

    [Fact]
    public async Task A_good_file_is_checked_without_a_server()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("s.json", """
            {"schedules": [
              {"name": "report", "function": "f", "args": ["x"], "cron": "30 2 * * *", "timeZone": "Europe/Berlin", "queue": "low", "startsAt": "2101-06-01"},
              {"name": "gone", "function": "g", "interval": "90m", "startsAt": "2020-01-01", "endsAt": "2020-02-01"},
            ]}
            """);

        RqExit exit = await RqProcess.RunAsync("cron", "run", file, "--check", "-u", "redis://127.0.0.1:1");

        exit.ShouldBe(new RqExit(0, """
            NAME    WHEN                      QUEUE    NEXT (UTC)           CALL
            report  30 2 * * * Europe/Berlin  low      2101-06-01 00:30:00  f('x')
            gone    every 90m                 default  never                g()
            2 schedules

            """, ""));
    }

    [Fact]
    public async Task Stored_schedules_are_listed_shown_paused_resumed_triggered_edited_and_removed()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.AddOrUpdateAsync(new CronSchedule
        {
            Name = "report", Call = JobCall.To(Function, 1, 2), Cron = "0 9 * * *", TimeZone = "Europe/Berlin", Queue = "low",
            StartsAt = new DateTimeOffset(2101, 6, 1, 0, 0, 0, TimeSpan.Zero), EndsAt = new DateTimeOffset(2101, 6, 3, 0, 0, 0, TimeSpan.Zero), Options = new JobOptions { Timeout = TimeSpan.FromHours(1) },
        });

        (await CronAsync(world, "list")).Output.ShouldBe("""
            NAME    WHEN                     QUEUE  NEXT (UTC)           LAST (UTC)  OUTCOME
            report  0 9 * * * Europe/Berlin  low    2101-06-01 07:00:00  –           –
            1 schedules

            """);
        string shown = (await CronAsync(world, "show", "report", "-n", "9")).Output;
        foreach (string line in new[]
        {
            $"Call         {Function}(1, 2)", "When         0 9 * * * Europe/Berlin", "Queue        low", "Missed runs  once", "Overlap      allow", "State        active",
            "Starts       2101-06-01 00:00:00 UTC", "Next times   Wed 2101-06-01 09:00:00 +02:00\n             Thu 2101-06-02 09:00:00 +02:00\n",
        })
        {
            shown.ShouldContain(line);
        }

        (await CronAsync(world, "pause", "report")).ShouldBe(new RqExit(0, "Paused report. 'rq cron resume' lets it go on.\n", ""));
        (await CronAsync(world, "list")).OutputLines[1].ShouldContain("  paused  ");
        string id = (await CronAsync(world, "trigger", "report")).Output.Split('\'')[1];
        (await world.Queue("low").GetJobIdsAsync()).ShouldBe([id]);
        await world.RunBurstAsync(["low"]);
        (await CronAsync(world, "resume", "report")).ShouldBe(new RqExit(0, "Resumed report.\n", ""));
        (await CronAsync(world, "edit", "report", "--cron", "0 10 * * *", "--time-zone", "Asia/Tokyo", "--ends-at", "none", "--overlap", "skip")).ShouldBe(
            new RqExit(0, "Changed report: 0 10 * * * Asia/Tokyo.\n", ""));
        (await CronAsync(world, "edit", "report", "--overlap", "skip")).Output.ShouldBe("Nothing has changed: report was so already.\n");

        using (JsonDocument json = JsonDocument.Parse((await CronAsync(world, "show", "report", "--json", "-n", "1")).Output))
        {
            JsonElement report = json.RootElement;
            report.GetProperty("lastJobId").GetString().ShouldBe(id);
            report.GetProperty("lastOutcome").GetString().ShouldBe("finished");
            report.GetProperty("enqueuedCount").GetInt64().ShouldBe(1);
            report.GetProperty("nextTimes")[0].GetString().ShouldBe("2101-06-01T10:00:00+09:00");
            report.GetProperty("nextTime").GetString().ShouldBe("2101-06-01T01:00:00Z");
            report.GetProperty("overlap").GetString().ShouldBe("skip");
        }

        CronSchedule stored = (await world.Rq.Cron.FindAsync("report"))!.Schedule;
        (stored.Call.ToString(), stored.Options!.Timeout, stored.EndsAt).ShouldBe(($"{Function}(1, 2)", TimeSpan.FromHours(1), null), "what was not edited is as before");
        using (JsonDocument json = JsonDocument.Parse((await CronAsync(world, "list", "--json")).Output))
            json.RootElement.GetProperty("schedules").GetArrayLength().ShouldBe(1);
        (await CronAsync(world, "remove", "report")).ShouldBe(new RqExit(0, "Removed report.\n", ""));
        (await CronAsync(world, "list")).OutputLines[^1].ShouldBe("0 schedules");
    }

    [Fact]
    public async Task All_of_a_schedule_is_shown()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.AddOrUpdateAsync(new CronSchedule
        {
            Name = "full\u202e", Call = JobCall.To(Function, [1, "two"], new Dictionary<string, object?> { ["y"] = 2 }), Cron = "0 0 1 1 *", MisfireThreshold = TimeSpan.FromMinutes(2), Jitter = TimeSpan.FromMilliseconds(500),
            Options = new JobOptions
            {
                Timeout = TimeSpan.FromHours(1), ResultTtl = Timeout.InfiniteTimeSpan, FailureTtl = TimeSpan.FromDays(30), Ttl = TimeSpan.FromMinutes(5), Description = "Report",
                AtFront = true, Meta = new Dictionary<string, object?> { ["team"] = "sales" }, Retry = new Retry(3, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1)),
                OnSuccess = Callback.To("a.b"), OnFailure = Callback.To("c.d"), OnStopped = Callback.To("e.f"), OnAbandoned = AbandonedJob.Fail,
                Webhooks = [new Webhook("https://example.org/h", JobStatus.Failed) { Method = HttpMethod.Post, Headers = new Dictionary<string, string> { ["X-Key"] = "secret" } }],
                Group = "reports", RateLimit = new RateLimit("mail", 2),
            },
        });

        string shown = (await CronAsync(world, "show", "full\u202e", "-n", "1")).Output;
        foreach (string line in new[]
        {
            @"Name         full\u202e", $"Call         {Function}(1, 'two', y=2)", "Not missed   up to 2m late", "Jitter       0.5s", "Timeout      1h", "Result TTL   for ever", "Failure TTL  30d", "TTL          5m",
            "Description  Report", "At front     yes", "Meta         team=sales", "Retry        3 times, after 10s, 1m", "On success   a.b", "On failure   c.d", "On stopped   e.f",
            "On abandoned fail", "Webhook      POST https://example.org/h when failed", "Group        reports", "Rate limit   mail, 2 at once", "Created      20", "with its jitter", "01-01 00:00:00 +00:00",
        })
        {
            shown.ShouldContain(line);
        }

        string text = (await CronAsync(world, "show", "full\u202e", "--json")).Output;
        (text + shown).ShouldNotContain("\u202e");
        text.ShouldNotContain("secret");
        using (JsonDocument json = JsonDocument.Parse(text))
        {
            JsonElement full = json.RootElement;
            full.GetProperty("name").GetString().ShouldBe("full\u202e");
            (full.GetProperty("args").GetRawText().Replace("\n", "").Replace(" ", ""), full.GetProperty("kwargs").GetProperty("y").GetInt32()).ShouldBe(("[1,\"two\"]", 2));
            (full.GetProperty("timeout").GetDouble(), full.GetProperty("resultTtl").GetDouble(), full.GetProperty("ttl").GetDouble()).ShouldBe((3600, -1, 300));
            full.GetProperty("meta").GetProperty("team").GetString().ShouldBe("sales");
            (full.GetProperty("retry").GetProperty("max").GetInt32(), full.GetProperty("onAbandoned").GetString(), full.GetProperty("group").GetString()).ShouldBe((3, "fail", "reports"));
            full.GetProperty("webhooks")[0].GetProperty("url").GetString().ShouldBe("https://example.org/h");
            full.GetProperty("rateLimit").GetProperty("concurrency").GetInt32().ShouldBe(2);
        }

        await CronAsync(world, "pause", "full\u202e");
        (await CronAsync(world, "show", "full\u202e")).OutputLines[^1].ShouldBe("Next times   –, while it is paused");
    }

    [Fact]
    public async Task Names_that_begin_with_a_dash_go_behind_two()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.AddOrUpdateAsync("-b", "0 0 1 1 *", () => TestJobs.Nothing());
        await world.Rq.Cron.AddOrUpdateAsync("list", "0 0 1 1 *", () => TestJobs.Nothing());

        foreach (string[] command in new string[][] { ["show"], ["pause"], ["resume"], ["trigger"], ["edit", "--queue", "low"] })
        {
            RqExit exit = await CronAsync(world, [.. command, "-u", world.Url, "--", "-b"]);
            (exit.Code, exit.Errors).ShouldBe((0, ""), string.Join(' ', command));
            exit.Output.ShouldContain("-b");
        }

        (await RqProcess.RunAsync("cron", "remove", "-u", world.Url, "--", "-b")).ShouldBe(new RqExit(0, "Removed -b.\n", ""));
        // Options may come first, and what follows the command is a name.
        (await RqProcess.RunAsync("cron", "-u", world.Url, "remove", "list")).ShouldBe(new RqExit(0, "Removed list.\n", ""));
        (await NamesAsync(world)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_read_is_listed_told_and_removed()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        foreach (string name in new[] { "good", "no-queue", "far" })
            await world.Rq.Cron.AddOrUpdateAsync(name, "0 0 1 1 *", () => TestJobs.Nothing());
        await world.Database().HashDeleteAsync("rq:cron-schedule:no-queue", "queue");
        await world.Database().HashSetAsync("rq:cron-schedule:far", "time_zone", "Mars/Base");

        RqExit list = await CronAsync(world, "list");
        list.OutputLines.Select(line => line.Split(' ')[0]).ShouldBe(["NAME", "far", "good", "2", "1"]);
        list.OutputLines[^1].ShouldBe("1 more cannot be read: no-queue. 'rq cron show NAME' says why, 'rq cron remove NAME' removes it.");
        using (JsonDocument json = JsonDocument.Parse((await CronAsync(world, "list", "--json")).Output))
            json.RootElement.GetProperty("unreadable")[0].GetString().ShouldBe("no-queue");

        RqExit unreadable = await CronAsync(world, "show", "no-queue");
        (unreadable.Code, unreadable.ErrorLines.ShouldHaveSingleItem()).ShouldBe((1, "rq: The cron schedule 'no-queue' cannot be read: it has no field 'queue'."));
        RqExit far = await CronAsync(world, "show", "far");
        (far.Code, far.OutputLines[^1]).ShouldBe((0, "Next times   there is no time zone 'Mars/Base'. Give an IANA name such as \"Europe/Berlin\" or \"America/New_York\", or \"UTC\"."), far.Errors);
        using (JsonDocument json = JsonDocument.Parse((await CronAsync(world, "show", "far", "--json")).Output))
            json.RootElement.GetProperty("problem").GetString().ShouldStartWith("there is no time zone");

        foreach (string name in new[] { "no-queue", "far" })
            (await CronAsync(world, "remove", name)).ShouldBe(new RqExit(0, $"Removed {name}.\n", ""));
        (await CronAsync(world, "list")).OutputLines[^1].ShouldBe("1 schedules");
        (await CronAsync(world, "remove", "no-queue")).Code.ShouldBe(1);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("trigger")]
    [InlineData("remove")]
    [InlineData("edit", "--interval", "5m")]
    public async Task A_name_that_is_not_there_is_told(string command, params string[] options)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        RqExit exit = await CronAsync(world, [command, "no\u001b[31mne", .. options]);

        (exit.Code, exit.Output).ShouldBe((1, ""));
        exit.ErrorLines.ShouldHaveSingleItem().ShouldBe(@"rq: There is no cron schedule 'no\x1b[31mne'. It may have been removed, or never stored in this Redis database.");
    }

    [Fact]
    public async Task What_belongs_to_a_table_is_changed_with_a_word_of_warning_and_what_cannot_be_is_not()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.ReplaceAsync("host:Shop", [new CronSchedule { Name = "a", Call = JobCall.To("f"), Cron = "0 0 1 1 *", Overlap = CronOverlap.Skip }]);

        RqExit wrong = await CronAsync(world, "edit", "a", "--cron", "0 0 0");
        wrong.Code.ShouldBe(2);
        wrong.ErrorLines.ShouldHaveSingleItem().ShouldContain("0 0 0");
        (await CronAsync(world, "trigger", "a")).Code.ShouldBe(0);
        (await CronAsync(world, "trigger", "a")).Errors.ShouldContain("Nothing was enqueued: a job of 'a' waits or runs already");
        (await CronAsync(world, "edit", "a", "--interval", "90")).Output.ShouldBe(
            "Changed a: every 90s. It came from host:Shop: change it there too, or it comes back when that is stored again.\n");
        (await world.Rq.Cron.FindAsync("a"))!.Source.ShouldBe("host:Shop", "it stays in its table");
        (await CronAsync(world, "remove", "a")).Output.ShouldBe("Removed a. It came from host:Shop: change it there too, or it comes back when that is stored again.\n");
    }

    [Fact]
    public async Task A_file_is_run_once_its_server_is_there_S115()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        using var directory = new TemporaryDirectory();
        string file = directory.File("s.json", """{"schedules": [{"function": "f", "interval": 3600}]}""");
        await using RqProcess cron = RqProcess.Start("cron", file, "-u", server.Url());
        await cron.LineAsync("nothing listens there");

        await server.StartAsync();
        await cron.LineAsync("Stored 1 schedules");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await Eventually.BecomesAsync(async () => await new Queue("default", rq).CountAsync() == 1, "it was run");
        await cron.SignalAsync("TERM");
        (await cron.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_is_away_when_it_stops_is_told_in_a_line_and_nothing_is_tried_again_CRN_11()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        using var directory = new TemporaryDirectory();
        await using RqProcess cron = RqProcess.Start("cron", directory.File("s.json", """{"schedules": [{"function": "f", "interval": 1}]}"""), "-u", server.Url());
        await cron.LineAsync("enqueued job");
        server.Kill();
        await cron.LineAsync("trying again");

        await cron.SignalAsync("TERM");
        RqExit exit = await cron.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines[^1].ShouldEndWith("has stopped");
        exit.Output.ShouldNotContain("ObjectDisposedException");
        exit.Output.ShouldNotContain("scheduled jobs", customMessage: "it has no queue to see to");
        string after = exit.Output.Split("Scheduler stopping")[1];
        after.ShouldNotContain("   at ");
        after.ShouldNotContain("trying again");
    }

    private static Task<RqExit> CronAsync(TestWorld world, params string[] arguments) => RqProcess.RunAsync([("RQ_REDIS_URL", world.Url)], ["cron", .. arguments]);

    private static async Task<string[]> NamesAsync(TestWorld world) => [.. (await world.Rq.Cron.ListAsync()).Select(entry => entry.Name)];
}
