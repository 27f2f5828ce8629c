namespace RQ.Bench.Races;

/// <summary>Something that a user could pick instead.</summary>
/// <param name="Name">Its name, also of its folder in <c>bench/peers</c>.</param>
/// <param name="Install">How it is installed, for whoever reads that it is not.</param>
/// <param name="Probe">A command that ends with 0 when it is installed.</param>
internal sealed record Peer(string Name, string Install, IReadOnlyList<string> Probe)
{
    /// <summary>The Python that has Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    public static readonly Peer BullMq = new("bullmq", "npm install, in bench/peers/bullmq", ["node", "--input-type=module", "-e", "import 'bullmq'"]);
    public static readonly Peer Sidekiq = new("sidekiq", "apt-get install ruby-sidekiq", ["ruby", "-e", "require 'sidekiq'"]);
    public static readonly Peer Celery = new("celery", "apt-get install python3-celery python3-redis", [Python, "-c", "import celery, redis"]);
    public static readonly Peer Rq = new("rq", "apt-get install python3-rq", [Python, "-c", "import rq"]);
    public static readonly Peer Hangfire = new("hangfire", "dotnet build -c Release bench/peers/hangfire", ["test", "-f", HangfireProgram]);
    public static readonly Peer Graphile = new("graphile", "npm install, in bench/peers/graphile, and apt-get install postgresql", ["node", "--input-type=module", "-e", "import 'graphile-worker'"]);

    /// <summary>Where it is built, seen from its folder.</summary>
    public const string HangfireProgram = "../../../artifacts/bin/hangfire/release/hangfire.dll";

    public static IReadOnlyList<Peer> All { get; } = [BullMq, Sidekiq, Celery, Rq, Hangfire, Graphile];

    /// <summary>Whether it takes part when nobody names the peers.</summary>
    public bool IsUsual => this != Graphile;
}
