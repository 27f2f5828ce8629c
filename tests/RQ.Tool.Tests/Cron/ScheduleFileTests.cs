using System.Text;
using RQ.Tool.Cron;

namespace RQ.Tool.Tests.Cron;

/// <summary>CRN_1: the file of <c>rq cron</c>.</summary>
public class ScheduleFileTests
{
    [Fact]
    public void Everything_that_a_schedule_can_say_is_read_CRN_1_CRN_2()
    {
        CronSchedule schedule = Read("""
            // Comments are fine,
            {
              "source": "shop",
              "schedules": [
                {
                  "name": "report", "function": "Shop.Reports.Send", "queue": "low",
                  "args": [1, "two", [3.5, null], /* as in code */ {"k": true},],
                  "kwargs": {"to": "all", "n": 12345678901234567890},
                  "cron": "0 9 * * MON-FRI", "timeZone": "Europe/Berlin",
                  "missedRuns": 10, "misfireThreshold": "2m", "overlap": "queue-one", "jitter": 30,
                  "startsAt": "2026-12-01", "endsAt": "2027-12-24T09:00:00+01:00",
                  "timeout": "1h", "resultTtl": -1, "failureTtl": "00:10:00", "ttl": 60,
                  "description": "The report", "atFront": true, "meta": {"team": "sales"},
                  "retry": {"max": 3, "intervals": [10, "1m"], "atFront": true},
                  "onSuccess": "Shop.Reports.Sent", "onFailure": "Shop.Reports.Failed", "onStopped": "Shop.Reports.Stopped", "onAbandoned": "fail",
                  "webhooks": [{"url": "https://example.org/h", "on": "failed", "method": "POST", "headers": {"X-Key": "1"}, "timeout": 5}],
                  "group": "reports", "rateLimit": {"key": "mail", "concurrency": 2},
                },
              ],
            }
            """).ShouldHaveSingleItem();

        (schedule.Name, schedule.Queue, schedule.Cron, schedule.Interval, schedule.TimeZone).ShouldBe(("report", "low", "0 9 * * MON-FRI", null, "Europe/Berlin"));
        schedule.Call.ToString().ShouldBe("Shop.Reports.Send(1, 'two', [3.5, None], {'k': True}, n=12345678901234567890, to='all')");
        (schedule.MissedRuns.Most, schedule.MisfireThreshold, schedule.Overlap, schedule.Jitter).ShouldBe(
            (10, TimeSpan.FromMinutes(2), CronOverlap.QueueOne, TimeSpan.FromSeconds(30)));
        schedule.StartsAt.ShouldBe(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
        schedule.EndsAt.ShouldBe(new DateTimeOffset(2027, 12, 24, 8, 0, 0, TimeSpan.Zero));
        JobOptions options = schedule.Options!;
        (options.Timeout, options.ResultTtl, options.FailureTtl, options.Ttl).ShouldBe(
            (TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1)));
        (options.Description, options.AtFront, options.Group, options.OnAbandoned).ShouldBe(("The report", true, "reports", AbandonedJob.Fail));
        options.Meta!["team"].ShouldBe("sales");
        (options.Retry!.Max, options.Retry.AtFront).ShouldBe((3, true));
        options.Retry.Intervals.ShouldBe([TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1)]);
        options.OnSuccess.ShouldNotBeNull();
        Webhook webhook = options.Webhooks!.ShouldHaveSingleItem();
        (webhook.Url.ToString(), webhook.Status, webhook.Method, webhook.Headers["X-Key"], webhook.Timeout).ShouldBe(
            ("https://example.org/h", JobStatus.Failed, HttpMethod.Post, "1", TimeSpan.FromSeconds(5)));
        (options.RateLimit!.Key, options.RateLimit.Concurrency).ShouldBe(("mail", 2));
    }

    [Fact]
    public void What_is_left_out_has_the_defaults_of_code_CRN_2()
    {
        CronSchedule schedule = Read("""{"schedules": [{"function": "my_module.f", "interval": 90, "retry": 2, "queue": null}]}""").ShouldHaveSingleItem();

        var plain = new CronSchedule { Name = "my_module.f", Call = schedule.Call, Interval = TimeSpan.FromSeconds(90), Options = schedule.Options };
        schedule.ShouldBe(plain, "and its name is the function's");
        schedule.Options!.Retry!.Max.ShouldBe(2);
        (schedule.Options with { Retry = null }).ShouldBe(new JobOptions());
    }

    [Theory]
    [InlineData("300", 300)]
    [InlineData("\"300\"", 300)]
    [InlineData("\"5m\"", 300)]
    [InlineData("\"1H\"", 3600)]
    [InlineData("\"00:05:00\"", 300)]
    [InlineData("\"1.00:00:00\"", 86400)]
    [InlineData("\"0:05:00\"", 300)]
    public void Times_are_seconds_RQs_notation_or_NETs(string text, int seconds) =>
        Read($$"""{"schedules": [{"function": "f", "interval": {{text}}}]}""")[0].Interval.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("\"skip\"", 0)]
    [InlineData("0", 0)]
    [InlineData("\"once\"", 1)]
    [InlineData("\"10\"", 10)]
    [InlineData("10", 10)]
    public void Missed_runs_are_a_word_or_a_number(string text, int most) =>
        Read($$"""{"schedules": [{"function": "f", "interval": 5, "missedRuns": {{text}}}]}""")[0].MissedRuns.Most.ShouldBe(most);

    [Fact]
    public void The_source_is_named_by_the_file_or_is_the_file()
    {
        ScheduleFile.Parse("t.json", Encoding.UTF8.GetBytes("""{"source": "shop", "schedules": []}""")).Source.ShouldBe("shop");
        ScheduleFile.Parse("t.json", Encoding.UTF8.GetBytes("""{"schedules": []}""")).Source.ShouldBe($"file:{Path.GetFullPath("t.json")}");
        ScheduleFile.Parse("t.json", [.. Encoding.UTF8.Preamble, .. """{"schedules": []}"""u8]).Schedules.ShouldBeEmpty();
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once_with_line_schedule_and_property()
    {
        string[] problems = Problems("""
            {
              "schedules": [
                {"name": "a", "function": "f", "cron": 5, "timezone": "UTC"},
                {"name": "b", "cron": "* * * * *",
                 "timeout": "soon", "resultTtl": 1.5,
                 "misfireThreshold": -1, "interval": 0},
                {"function": "g", "interval": 5, "overlap": "maybe", "missedRuns": true, "atFront": "yes",
                 "startsAt": "2026-12-01T00:00:00", "retry": {"intervals": [true], "maximum": 3},
                 "webhooks": [{"url": "ftp://x"}, 5], "rateLimit": {"key": ""}, "kwargs": [], "args": {}},
                "x",
                {"name": "a", "function": "f", "interval": 5},
                {"name": "c", "function": "f", "interval": 5, "interval": 6}
              ],
              "schedule": []
            }
            """);

        foreach (string told in new[]
        {
            "3: schedule 'a': 'cron' must be a text; it is the number 5.",
            "3: schedule 'a': 'timezone' is not known. There are: name, function, args, kwargs, queue, cron, interval, timeZone, missedRuns,",
            "4: schedule 'b': 'function' is missing: the name of the function to run, such as \"Shop.Orders.Send\".",
            "5: schedule 'b': 'timeout' 'soon' is no duration: write whole seconds, or a whole number with a unit, such as 90, 30s, 23m, 1h or 2d.",
            "5: schedule 'b': 'resultTtl' '1.5' is no duration: write whole seconds,",
            "6: schedule 'b': 'interval' must be above zero.",
            "6: schedule 'b': 'misfireThreshold' must not be negative.",
            "7: schedule 'g': 'missedRuns' must be a text; it is true.",
            "7: schedule 'g': 'overlap': 'maybe' says nothing about overlapping runs: write allow, skip, queue-one or cancel-previous.",
            "7: schedule 'g': 'atFront' must be true or false; it is the text \"yes\".",
            "8: schedule 'g': 'startsAt' \"2026-12-01T00:00:00\" is no time with an offset: write 2026-12-24T09:00:00Z,",
            "8: schedule 'g', retry: 'max' is missing.",
            "8: schedule 'g', retry: 'intervals' must be a time, such as 90, \"5m\" or \"00:05:00\"; it is true.",
            "8: schedule 'g', retry: 'maximum' is not known. There are: max, atFront, intervals.",
            "9: schedule 'g', webhook: The webhook's URL must begin with http:// or https://",
            "9: schedule 'g': 'webhooks' must hold objects, {…}; it holds the number 5.",
            "9: schedule 'g', rateLimit: ",
            "9: schedule 'g': 'kwargs' must be an object, {…}; it is an array.",
            "9: schedule 'g': 'args' must be an array, […]; it is an object.",
            "10: schedule 4: it must be an object, {…}; it is the text \"x\".",
            "11: schedule 'a': there is one of that name at line 3.",
            "12: schedule 'c': 'interval' is given twice.",
            "14: the file: 'schedule' is not known. There are: source, schedules.",
        })
        {
            problems.ShouldContain(problem => problem.StartsWith("t.json:" + told, StringComparison.Ordinal), $"'{told}' in:\n{string.Join('\n', problems)}");
        }

        problems.Length.ShouldBe(23, string.Join('\n', problems));
        problems.Select(problem => int.Parse(problem.Split(':')[1])).ShouldBeInOrder();
    }

    [Theory]
    [InlineData("", 1, "this is no JSON")]
    [InlineData("{\n\"schedules\": [\n{]}", 3, "this is no JSON")]
    [InlineData("{\"schedules\": []} x", 1, "this is no JSON")]
    [InlineData("[]", 1, "the file must hold an object, {\"schedules\": […]}; it holds an array.")]
    [InlineData("{}", 1, "'schedules' is missing")]
    [InlineData("\n{\"schedules\": {}}", 2, "'schedules' must be an array")]
    [InlineData("{\"source\": \" \", \"schedules\": []}", 1, "'source' must not be blank")]
    public void What_is_no_table_is_told(string json, int line, string told)
    {
        string problem = Problems(json).ShouldHaveSingleItem();

        problem.ShouldStartWith($"t.json:{line}: ");
        problem.ShouldContain(told);
    }

    [Theory]
    [InlineData("cron", "\"* * * *\"")]
    [InlineData("timeZone", "\"Europe/Nowhere\"")]
    [InlineData("interval", "5")]
    [InlineData("endsAt", "\"2025-01-01\", \"startsAt\": \"2026-01-01\"")]
    public void Times_that_cannot_be_are_told_with_the_schedules_name(string property, string value)
    {
        string cron = property == "cron" ? "" : "\"cron\": \"* * * * *\", ";
        Problems($"{{\"schedules\": [\n{{\"name\": \"bad\", \"function\": \"f\", {cron}\"{property}\": {value}}}]}}")
            .ShouldHaveSingleItem().ShouldMatch("^t.json:2: schedule 'bad': (it|the|there) [^()]*");
    }

    [Theory]
    [InlineData("\"name\": \"\"", "'name' must not be blank. Leave it out for the function's.")]
    [InlineData("\"name\": \"  \"", "'name' must not be blank.")]
    [InlineData("\"name\": \"a\\u0007\"", "The name of a cron schedule is at most 200 characters long and holds no control characters;")]
    [InlineData("\"queue\": \"\"", "schedule 'f': its queue has an empty name. Leave it out for the default.")]
    [InlineData("\"group\": \" \"", "schedule 'f': 'group' must not be blank. Leave it out for none.")]
    [InlineData("\"onFailure\": \" \"", "schedule 'f': 'onFailure' must not be blank. Leave it out for none.")]
    [InlineData("\"onSuccess\": \"\"", "'onSuccess' must not be blank.")]
    [InlineData("\"onStopped\": \"\\t\"", "'onStopped' must not be blank.")]
    [InlineData("\"missedRuns\": 100000", "write skip, once, or how many are made up for at most, from 1 to 10,000.")]
    [InlineData("\"timeout\": \"00:00:00.2\"", "'timeout' \"00:00:00.2\" is no whole number of seconds.")]
    [InlineData("\"resultTtl\": \"00:00:01.5\"", "is no whole number of seconds.")]
    [InlineData("\"jitter\": \"0:30\"", "'jitter' \"0:30\" is no time: write \"hh:mm:ss\" or \"d.hh:mm:ss\".")]
    [InlineData("\"jitter\": \"10:00\"", "is no time")]
    public void What_could_not_be_stored_is_told_when_the_file_is_read(string property, string told)
    {
        string problem = Problems($"{{\"schedules\": [{{\"function\": \"f\", \"interval\": 3600, {property}}}]}}").ShouldHaveSingleItem();

        problem.ShouldStartWith("t.json:1: ");
        problem.ShouldContain(told);
        problem.ShouldNotContain("null");
    }

    [Fact]
    public void What_is_wrong_is_told_in_the_words_of_the_file()
    {
        Problems("""{"schedules": [{"function": "f"}]}""").ShouldHaveSingleItem().ShouldEndWith("it does not say when. Give a cron expression, such as \"0 9 * * MON-FRI\", or an interval.");
        Problems($"{{\"schedules\": [{{\"function\": \"f\", \"interval\": 5, \"name\": \"{new string('n', 250)}\"}}]}}").ShouldHaveSingleItem().ShouldContain("at most 200 characters");
    }

    private static IReadOnlyList<CronSchedule> Read(string json) => ScheduleFile.Parse("t.json", Encoding.UTF8.GetBytes(json)).Schedules;

    private static string[] Problems(string json) =>
        [.. Should.Throw<ScheduleFileException>(() => Read(json)).Problems];
}
