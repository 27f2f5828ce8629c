using System.Globalization;

namespace RQ.Bench.Races;

/// <summary>One measurement of us or of a peer: a command that is given a server of its own and prints a line of figures.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Peer">Whose it is; <c>null</c> for ours.</param>
/// <param name="Command">The command, for a number of jobs; <c>{port}</c> and <c>{url}</c> stand for the server.</param>
internal sealed record Contender(string Name, Peer? Peer, Func<RaceOptions, IReadOnlyList<string>> Command)
{
    /// <summary>Whether it needs a Redis.</summary>
    public bool NeedsRedis { get; init; } = true;

    /// <summary>Whether it needs a PostgreSQL.</summary>
    public bool NeedsPostgres { get; init; }

    /// <summary>With BullMQ: 100 and 64 jobs at once are both tried, and the better figure counts.</summary>
    private static readonly int[] s_bullConcurrencies = [100, 64];

    /// <summary>Whether it repeats its measurements itself: it runs in the first round only.</summary>
    public bool IsRunOnce { get; init; }

    // As many jobs for each as take some seconds: the fast ones get all.
    public static IReadOnlyList<Contender> All { get; } =
    [
        Ours("drain-kept"),
        Ours("drain-void"),
        .. s_bullConcurrencies.Select(concurrency => Bull($"bullmq-{concurrency}-keep", concurrency, "keep")),
        Ours("drain-discard"),
        .. s_bullConcurrencies.Select(concurrency => Bull($"bullmq-{concurrency}", concurrency)),
        Ours("drain-embedded", part: "drain-kept") with { NeedsRedis = false },
        Ours("enqueue"),
        Ours("wait"),
        Ours("bulk"),
        new("sidekiq", Peer.Sidekiq, options => ["ruby", "bench.rb", Text(options.Share(10_000)), Text(options.Jobs)]),
        Ours("horses", jobs: options => options.Share(40_000)),
        new("celery", Peer.Celery, options => [Peer.Python, "bench.py", Text(options.Share(5_000)), "prefork", "2"]),
        Ours("horse-per-job", jobs: options => options.Share(100)),
        new("rq-fork", Peer.Rq, options => [Peer.Python, "bench.py", "{port}", Text(options.Share(100)), "fork"]),
        Ours("horse-wait"),
        Ours("drain-one", jobs: options => options.Share(20_000)),
        new("rq-simple", Peer.Rq, options => [Peer.Python, "bench.py", "{port}", Text(options.Share(1_000)), "simple"]),
        Ours("workers"),
        Ours("backlog", jobs: options => options.Share(20_000)) with { IsRunOnce = true },
        Ours("memory", jobs: options => options.Share(10_000)),
        Ours("idle", jobs: options => options.IdleJobs),
        new("hangfire-memory", Peer.Hangfire, options => ["dotnet", Peer.HangfireProgram, "0", Text(options.Share(5_000)), "memory"]) { NeedsRedis = false },
        new("hangfire-redis", Peer.Hangfire, options => ["dotnet", Peer.HangfireProgram, "{port}", Text(options.Share(200)), "redis"]),
        new("graphile", Peer.Graphile, options => ["node", "bench.mjs", "{url}", Text(options.Share(20_000))]) { NeedsRedis = false, NeedsPostgres = true },
    ];

    private static Contender Ours(string name, Func<RaceOptions, int>? jobs = null, string? part = null) => new(
        name, null, options => ["--part", part ?? name, "--url", "{url}", "--jobs", Text(jobs?.Invoke(options) ?? options.Jobs), "--backlog", Text(options.Backlog)]);

    private static Contender Bull(string name, int concurrency, params string[] more) => new(
        name, Peer.BullMq, options => ["node", "--expose-gc", "bench.mjs", "{port}", Text(options.Jobs), Text(concurrency), .. more]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
