using RQ.Model;
using RQ.Model.Plays;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Model;

/// <summary>
/// The scripts against a model of the whole state machine, over random plays of several clients: after each call everything on the server
/// is compared. A seed that fails is printed with the shortest play that fails.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output) : IAsyncLifetime
{
    private RedisServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task WhatIsOnTheServerIsWhatTheModelSaysAfterEveryCall()
    {
        // The same plays each time: new ones are for the long runs of the program, or for RQ_TEST_MODEL_SEED.
        ulong another = ulong.TryParse(Environment.GetEnvironmentVariable("RQ_TEST_MODEL_SEED"), out ulong given) ? given : 4;
        var coverage = new Coverage();
        long steps = 0;
        await using ModelCheck check = await ModelCheck.ConnectAsync(_server.Url());
        foreach (ulong seed in new[] { 1UL, 2UL, 3UL, another })
        {
            output.WriteLine($"Seed {seed}.");
            ModelCheckReport report = await check.RunAsync(new ModelCheckOptions { Seed = seed, Steps = 5_100 });
            report.Failure.ShouldBeNull(report.Failure?.ToString());
            coverage.Add(report.Coverage);
            steps += report.Steps;
            output.WriteLine($"{report.Steps} steps in {report.Plays} plays, {report.Elapsed.TotalSeconds:F0} s.");
        }

        output.WriteLine(coverage.ToString());
        steps.ShouldBeGreaterThanOrEqualTo(20_000);
        coverage.SentTwice.ShouldBeGreaterThan(500);
        coverage.DeliveredLate.ShouldBeGreaterThan(500);
        string[] never = [.. s_expected.SelectMany(script => script.Outcomes.Where(outcome => coverage.Of(script.Name, outcome) == 0).Select(outcome => $"{script.Name}: {outcome}"))];
        never.ShouldBeEmpty("each transition must occur, with its usual outcomes");
        s_withoutOutcomes.Except(coverage.Scripts).ShouldBeEmpty();
    }

    [Fact]
    public async Task TheSameHoldsOnTheEmbeddedServer()
    {
        const ulong seed = 11;
        await using ModelCheck check = await ModelCheck.ConnectAsync("embedded:");
        ModelCheckReport report = await check.RunAsync(new ModelCheckOptions { Seed = seed, Steps = 1_200 });
        report.Failure.ShouldBeNull(report.Failure?.ToString());
        output.WriteLine($"{report.Steps} steps in {report.Plays} plays, {report.Elapsed.TotalSeconds:F0} s.");
    }

    /// <summary>The shortest plays of mistakes that the check has found in the scripts.</summary>
    [Theory]
    [InlineData("a job waits for one that was gone and came back, and for another", "enqueue; enqueue id=8 sent=2; enqueue id=5; enqueue parent1=28 parent2=26")]
    [InlineData("an id with a slot is used again for the same limit", "enqueue id=6 rate=1 ttl=2; tick time=5; enqueue id=6 rate=1")]
    [InlineData("an id in line is used again for another limit", "enqueue rate=1; enqueue id=11 rate=1 ttl=1; tick time=3; enqueue id=1 rate=2; enqueue id=2 rate=2; enqueue id=11 rate=2; take; finish")]
    [InlineData("an id with a slot is used again for later", "enqueue rate=1 ttl=1; tick time=3; enqueue due=1 rate=1")]
    [InlineData("an id whose job repeats is used again while it waits", "enqueue id=5 inline=1 repeat=1; finish worker=3; enqueue id=5")]
    [InlineData("a job that was retried expires on its queue", "enqueue keepfailed=2 ttl=1; take worker=1; fail how=3 worker=1")]
    [InlineData("a canceled job releases one into a line, and another waits on",
        "enqueue id=2; enqueue; enqueue id=1; enqueue id=2 parent1=1 rate=1; cancel job=1 release=1 sent=2 ttl=1; enqueue id=1 parent1=1 parent2=3")]
    [InlineData("a job whose failures are not kept is retried", "enqueue inline=1 keepfailed=1; fail how=2 worker=3")]
    [InlineData("a worker that has left registers once more", "enqueue n=76; take n=110; leave n=137 sent=1; register n=139 sent=2")]
    public async Task APlayThatOnceFailedGoesWell(string what, string commands)
    {
        await using ModelCheck check = await ModelCheck.ConnectAsync(_server.Url());
        (long steps, Exception? failure) = await check.PlayAsync(Command.ParseAll(commands.Replace(';', '\n')), seed: 0);
        failure.ShouldBeNull(what);
        steps.ShouldBeGreaterThan(3);
    }

    [Theory]
    [MemberData(nameof(MistakesByName))]
    public async Task EveryMistakeInAScriptIsFound(string what)
    {
        Mistakes.Mistake mistake = Mistakes.All.Single(each => each.What == what);
        await using ModelCheck check = await ModelCheck.ConnectAsync(_server.Url());
        ModelCheckReport report = await check.RunAsync(new ModelCheckOptions { Seed = 5, Steps = 10_000, Faults = mistake.Faults, ShrinkingTime = TimeSpan.FromSeconds(1) });
        PlayFailure failure = report.Failure.ShouldNotBeNull($"{mistake.Script}.lua was wrong for {report.Steps} steps, and nothing was found");
        output.WriteLine($"Found after {failure.Steps} steps.\n{failure}");
        // It is the mistake that fails it, and nothing else.
        (_, Exception? without) = await check.PlayAsync(failure.Commands, failure.Seed);
        without.ShouldBeNull();
    }

    [Fact]
    public void EveryMistakeIsOneOfItsScript() => Mistakes.All.ShouldAllBe(mistake => mistake.Faults != Faults.None, "the line that is made wrong is looked for in the script");

    /// <summary>The others take some thousand steps: <c>dotnet run --project tests/RQ.Model -- --mistakes</c> looks for all.</summary>
    public static IEnumerable<TheoryDataRow<string>> MistakesByName => Mistakes.All.Where(mistake => mistake.IsFoundSoon).Select(mistake => new TheoryDataRow<string>(mistake.What));

    [Fact]
    public async Task AFailingPlayIsMadeAsShortAsCanBeAndCanBePlayedAgain()
    {
        Mistakes.Mistake mistake = Mistakes.All.Single(each => each.What == "what a dead worker has claimed is lost");
        await using ModelCheck check = await ModelCheck.ConnectAsync(_server.Url());
        ModelCheckReport report = await check.RunAsync(new ModelCheckOptions { Seed = 8, Steps = 30_000, Faults = mistake.Faults, ShrinkingTime = TimeSpan.FromMinutes(10) });
        PlayFailure failure = report.Failure.ShouldNotBeNull();
        output.WriteLine(failure.ToString());
        // Somebody registers, a job is enqueued, a pop claims it, and he dies.
        failure.Commands.Count.ShouldBeLessThanOrEqualTo(8);
        Command[] again = Command.ParseAll(string.Join('\n', failure.Commands));
        again.ShouldBe(failure.Commands);
        (_, Exception? divergence) = await check.PlayAsync(again, failure.Seed, mistake.Faults);
        divergence.ShouldNotBeNull().Message.ShouldContain("unregister");
    }

    /// <summary>What so many steps cannot fail to bring. Rarer outcomes are in the table that is printed.</summary>
    private static readonly (string Name, string[] Outcomes)[] s_expected =
    [
        ("enqueue", ["queued", "deferred", "scheduled", "started", "rate_limited", "duplicate", "running", "full", "declare"]),
        ("take", ["taken", "suspended", "unregistered"]),
        ("finish", ["applied", "released", "releasing", "already", "lost", "gone"]),
        ("fail", ["applied", "released", "releasing", "already", "lost", "gone"]),
        ("give_back", ["applied", "already"]),
        ("extend", ["applied"]),
        ("note", ["applied"]),
        ("abandon", ["applied"]),
        ("release", ["done", "next", "declare"]),
        ("admit", ["done", "declare"]),
        ("promote", ["lost"]),
        ("reschedule", ["done", "missing", "elsewhere", "queued", "finished"]),
        ("cancel", ["done", "releasing", "missing", "finished"]),
        ("requeue", ["done", "missing", "started"]),
        ("delete", ["deleted", "releasing", "missing", "elsewhere"]),
        ("forget_queue", ["forgotten", "scheduled"]),
        ("hold_schedules", ["taken", "held", "foreign"]),
        ("register", ["taken", "unburied"]),
        ("unregister", ["alive"]),
        ("find_overdue", ["abandoned", "unstarted"]),
        ("return_unstarted", ["listed"]),
    ];

    private static readonly string[] s_withoutOutcomes =
    [
        "enqueue_plain", "empty", "expire", "end_repeats", "delete_results", "let_go_schedules", "renew_lease", "inspect_worker", "prune", "prune_workers",
        "sweep", "sweep_groups", "compact", "elect", "return_intermediate", "read",
    ];
}
