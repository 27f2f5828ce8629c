using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace RQ.Hosting.Tests;

/// <summary>Cron schedules that a host adds.</summary>
public class CronTests
{
    private const string Never = "0 0 31 12 *";

    [Theory, OnEachBackend]
    public async Task What_a_host_adds_is_stored_when_it_starts_CRN_2(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using IHost host = HostedWorld.Build(
            world, rq => rq
                .AddCron("a", Never, () => ScheduledJobs.Nothing(), "Europe/Berlin", new JobOptions { Timeout = TimeSpan.FromMinutes(5) })
                .AddCron("b", Never, () => ScheduledJobs.NothingAsync())
                .AddCron<ScheduledJobs>("c", Never, jobs => jobs.Note("c"))
                .AddCron<ScheduledJobs>("d", Never, jobs => jobs.NoteAsync("d"))
                .AddCron(CronSchedule.Every("e", TimeSpan.FromHours(1), () => ScheduledJobs.Nothing())),
            ("Rq:Cron:f:Function", "Shop.Reports.Send"), ("Rq:Cron:f:Cron", Never), ("Rq:Cron:f:TimeZone", "Asia/Tokyo"), ("Rq:Cron:f:Queue", "low"),
            ("Rq:Cron:f:MissedRuns", "skip"), ("Rq:Cron:f:Overlap", "Skip"), ("Rq:Cron:f:Timeout", "00:01:00"), ("Rq:Cron:f:EndsAt", "2099-01-01T00:00:00+09:00"),
            ("Rq:CronSource", "table"));

        await host.StartAsync();

        IReadOnlyList<CronEntry> entries = await world.Rq.Cron.ListAsync();
        entries.Select(entry => entry.Name).ShouldBe(["a", "b", "c", "d", "e", "f"]);
        entries.ShouldAllBe(entry => entry.Source == "table");
        (entries[0].Schedule.TimeZone, entries[0].Schedule.Options!.Timeout).ShouldBe(("Europe/Berlin", TimeSpan.FromMinutes(5)));
        entries[2].Schedule.Call.ToString().ShouldEndWith("ScheduledJobs.Note('c')");
        CronSchedule last = entries[5].Schedule;
        (last.Call.Function, last.Cron, last.TimeZone, last.Queue, last.MissedRuns, last.Overlap, last.Options!.Timeout).ShouldBe(
            ("Shop.Reports.Send", Never, "Asia/Tokyo", "low", MissedRuns.Skip, CronOverlap.Skip, TimeSpan.FromMinutes(1)));
        last.EndsAt.ShouldBe(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.FromHours(9)));
        await host.StopAsync();
    }

    [Fact]
    public async Task S073_a_host_without_a_schedule_that_it_had_removes_it_and_many_hosts_store_one_table()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Cron.AddOrUpdateAsync("other", Never, () => ScheduledJobs.Nothing());
        for (int round = 0; round < 2; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync(world, rq => rq
                .AddCron("a", Never, () => ScheduledJobs.Nothing())
                .AddCron("b", Never, () => ScheduledJobs.Nothing()))));
            (await NamesAsync(world)).ShouldBe(["a", "b", "other"]);
        }

        await RunAsync(world, rq => rq.AddCron("b", Never, () => ScheduledJobs.Nothing()));
        (await NamesAsync(world)).ShouldBe(["b", "other"]);

        // One that neither adds schedules nor works may be another role of the same program.
        await RunAsync(world, rq => rq.AddQueue("words"));
        (await NamesAsync(world)).ShouldBe(["b", "other"]);

        await RunAsync(world, rq => rq.AddScheduler("words"));
        (await NamesAsync(world)).ShouldBe(["other"]);
    }

    [Fact]
    public async Task A_schedule_runs_in_the_hosts_worker_with_its_services_CRN_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var notes = new SharedNotes();
        using IHost host = HostedWorld.Build(world, rq =>
        {
            rq.Services.AddSingleton(notes);
            rq.AddWorker().AddCron(new CronSchedule { Name = "note", Call = JobCall.FromExpression((ScheduledJobs jobs) => jobs.Note("noted")), Interval = TimeSpan.FromHours(1) });
        });

        await host.StartAsync();

        await Eventually.BecomesAsync(() => notes.All.Contains("noted"), "the first run of an interval is at once");
        await host.StopAsync();
        notes.All.Count(note => note == "noted").ShouldBe(1);
    }

    [Theory]
    [InlineData("a", "* * * *", "'a'")]
    [InlineData("a", "* * * * *", "'a'", "Mars/Base")]
    public async Task One_that_cannot_be_keeps_the_host_from_starting(string name, string cron, string told, string zone = "UTC")
    {
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost:1").AddCron(name, cron, () => ScheduledJobs.Nothing(), zone),
            ("Rq:ConnectTimeout", "00:00:00.2"), ("Rq:Cron:bad:Cron", "* * * * *"), ("Rq:Cron:bad2:Function", "f"), ("Rq:Cron:bad2:Zone", "UTC"),
            ("Rq:Cron:bad3:Function", "f"), ("Rq:Cron:bad3:Interval", "5"), ("Rq:Cron:bad4:Function", "f"), ("Rq:Cron:bad4:MissedRuns", "all"),
            ("Rq:Cron:bad5:Function", "f"), ("Rq:Cron:bad5:StartsAt", "tomorrow"), ("Rq:Cron:bad6:Function", "f"), ("Rq:Cron:bad6:Overlap", "maybe"));

        string message = (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message;

        foreach (string text in new[]
        {
            $"Cron schedule {told} cannot be: ", "Change it where AddCron is called, or in 'Rq:Cron:a'.",
            "'Rq:Cron:bad:Function' is not set.", "'Rq:Cron:bad2:Zone' is not a setting. There are: Function, Cron,",
            "'Rq:Cron:bad3:Interval' is '5', which is no time. Write a number with a unit, such as '30s',", "'Rq:Cron:bad4:MissedRuns': 'all' says nothing about missed runs",
            "'Rq:Cron:bad5:StartsAt' is 'tomorrow', which is no time.", "'Rq:Cron:bad6:Overlap' is 'maybe', which says nothing about overlapping runs. Write allow, skip, queue-one or cancel-previous.",
        })
        {
            message.ShouldContain(text);
        }
    }

    public static TheoryData<CronSchedule, string> Wrong
    {
        get
        {
            CronSchedule good = CronSchedule.Every("a", TimeSpan.FromHours(1), () => ScheduledJobs.Nothing());
            return new TheoryData<CronSchedule, string>
            {
                { good with { Options = new JobOptions { Repeat = new Repeat(1, TimeSpan.FromSeconds(1)) } }, "Repeat" },
                { good with { Options = new JobOptions { Id = "x" } }, "Id" },
                { good with { Options = new JobOptions { DependsOn = new Dependency("x") } }, "DependsOn" },
                { good with { Options = new JobOptions { DueIn = TimeSpan.FromSeconds(1) } }, "DueIn" },
                { good with { Options = new JobOptions { Group = " " } }, "Group" },
                { good with { Queue = "" }, "its queue has an empty name" },
                { good with { MisfireThreshold = TimeSpan.FromSeconds(-1) }, "misfire threshold" },
                { good with { Overlap = (CronOverlap)9 }, "overlap" },
                { good with { Call = null! }, "Call" },
                { good with { Call = JobCall.To("f", new Action(() => { })) }, "'a' cannot be" },
                { good with { Name = new string('n', 201) }, "at most 200 characters" },
                { good with { Name = " " }, "needs a name" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task All_that_cannot_be_is_found_before_the_host_starts_whether_Redis_is_there_or_not(CronSchedule wrong, string told)
    {
        foreach (bool isThere in new[] { false, true })
        {
            await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
            using IHost host = HostedWorld.Build(new(), services => services.AddRq(isThere ? world.Url : "redis://localhost:1").AddCron(wrong).AddCron("bad", "* * *", () => ScheduledJobs.Nothing()),
                ("Rq:ConnectTimeout", "00:00:00.2"));

            OptionsValidationException refused = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

            refused.Failures.Count().ShouldBe(2, "all at once");
            refused.Failures.First().ShouldContain(told);
            refused.Message.ShouldContain($"Change it where AddCron is called, or in 'Rq:Cron:{wrong.Name}'.");
            (await NamesAsync(world)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task What_is_left_over_is_logged_and_the_host_goes_on()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        var log = new FakeLogCollector();
        // Nobody knows before it is there how small jobs must be on the application's own connection.
        using IHost host = HostedWorld.Build(log, services => services.AddRq()
            .UseConnection((_, end) => RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { MaxJobSize = 1000 }, end))
            .AddCron(CronSchedule.Every("large", TimeSpan.FromHours(1), () => ScheduledJobs.Nothing()) with { Call = JobCall.To("f", Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(9000))) }));
        await host.StartAsync().WaitAsync(Eventually.Limit);

        await server.StartAsync();
        await Eventually.BecomesAsync(() => log.Count(119) == 1, "it is told");

        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }

    [Fact]
    public async Task The_configuration_knows_the_words_of_the_file_and_those_of_NET()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using IHost host = HostedWorld.Build(
            world, rq => rq.AddQueue("words"),
            ("Rq:Cron:a:Function", "f"), ("Rq:Cron:a:Interval", "5m"), ("Rq:Cron:a:Overlap", "queue-one"), ("Rq:Cron:a:MissedRuns", "0"), ("Rq:Cron:a:Jitter", "30s"),
            ("Rq:Cron:a:MisfireThreshold", "2M"), ("Rq:Cron:a:Timeout", "1h"), ("Rq:Cron:a:ResultTtl", "-1"), ("Rq:Cron:a:FailureTtl", "1.00:00:00"),
            ("Rq:Cron:b:Function", "f"), ("Rq:Cron:b:Interval", "00:05:00"), ("Rq:Cron:b:Overlap", "QueueOne"), ("Rq:Cron:b:MissedRuns", "Skip"), ("Rq:Cron:b:Jitter", "00:00:00.5"));

        await host.StartAsync();

        CronSchedule[] stored = [.. (await world.Rq.Cron.ListAsync()).Select(entry => entry.Schedule)];
        stored.ShouldAllBe(each => each.Interval == TimeSpan.FromMinutes(5) && each.Overlap == CronOverlap.QueueOne && each.MissedRuns == MissedRuns.Skip);
        (stored[0].Jitter, stored[0].MisfireThreshold, stored[1].Jitter).ShouldBe((TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(500)));
        (stored[0].Options!.Timeout, stored[0].Options!.ResultTtl, stored[0].Options!.FailureTtl).ShouldBe((TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan, TimeSpan.FromDays(1)));
        await host.StopAsync();
    }

    [Fact]
    public async Task Times_that_could_be_misread_are_refused()
    {
        (string, string)[] settings = [("Rq:Cron:a:Function", "f"), ("Rq:Cron:a:Interval", "0:30"), ("Rq:Cron:a:Timeout", "00:00:00.2"), ("Rq:Cron:a:Jitter", "300"), ("Rq:Cron:a:Overlap", "1")];
        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost:1"), [("Rq:ConnectTimeout", "00:00:00.2"), .. settings]);

        OptionsValidationException refused = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        refused.Failures.Count().ShouldBe(4);
        foreach (string told in new[] { "'Rq:Cron:a:Interval' is '0:30', which is no time.", "'Rq:Cron:a:Timeout' is '00:00:00.2', which is no whole number of seconds.", "'Rq:Cron:a:Jitter' is '300'", "'Rq:Cron:a:Overlap' is '1'" })
            refused.Message.ShouldContain(told);
    }

    [Fact]
    public async Task Names_are_used_once()
    {
        RqBuilder rq = new ServiceCollection().AddRq("redis://localhost").AddCron("a", Never, () => ScheduledJobs.Nothing());
        Should.Throw<ArgumentException>(() => rq.AddCron("a", Never, () => ScheduledJobs.Nothing())).Message.ShouldContain("A cron schedule named 'a' was added before.");
        Should.Throw<ArgumentException>(() => rq.AddScheduler("words", ""));

        using IHost host = HostedWorld.Build(new(), services => services.AddRq("redis://localhost:1").AddCron("a", Never, () => ScheduledJobs.Nothing()),
            ("Rq:ConnectTimeout", "00:00:00.2"), ("Rq:Cron:a:Function", "f"), ("Rq:Cron:a:Interval", "01:00:00"));
        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message.ShouldContain("'a' is added in code and in 'Rq:Cron:a'.");
    }

    [Fact]
    public async Task S115_schedules_are_stored_and_run_once_the_server_is_there()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        var log = new FakeLogCollector();
        using IHost host = HostedWorld.Build(log, services => services.AddRq(options => (options.Url, options.ConnectTimeout) = (server.Url(), TimeSpan.FromSeconds(1)))
            .AddFunctions(functions => functions.AddAssemblyOf<ScheduledJobs>()).AddScheduler().AddCron("a", Never, () => ScheduledJobs.Nothing()));
        await host.StartAsync().WaitAsync(Eventually.Limit);

        await server.StartAsync();
        await Eventually.BecomesAsync(() => log.Count(128) == 1, "the table is stored");

        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        (await rq.Cron.FindAsync("a")).ShouldNotBeNull().Source.ShouldStartWith("host:");
        await host.StopAsync().WaitAsync(Eventually.Limit);
    }

    private static async Task RunAsync(TestWorld world, Action<RqBuilder> add)
    {
        using IHost host = HostedWorld.Build(world, add);
        await host.StartAsync();
        await host.StopAsync();
    }

    private static async Task<string[]> NamesAsync(TestWorld world) => [.. (await world.Rq.Cron.ListAsync()).Select(entry => entry.Name)];
}
