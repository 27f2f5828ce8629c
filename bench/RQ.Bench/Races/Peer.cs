namespace RQ.Bench.Races;

/// <summary>Something that a user could pick instead.</summary>
/// <param name="Name">Its name, also of its folder in <c>bench/peers</c>.</param>
/// <param name="Install">How it is installed, for whoever reads that it is not.</param>
/// <param name="Probe">A command that says its version, and fails when it is not installed.</param>
internal sealed record Peer(string Name, string Install, IReadOnlyList<string> Probe)
{
    /// <summary>The Python that has Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    public static readonly Peer BullMq = new("bullmq", "npm install, in bench/peers/bullmq", OnNode("bullmq", "BullMQ"));
    public static readonly Peer Sidekiq = new("sidekiq", "apt-get install ruby-sidekiq",
        ["ruby", "-e", "require 'sidekiq'; puts \"Sidekiq #{Sidekiq::VERSION} on Ruby #{RUBY_VERSION}\""]);
    public static readonly Peer Celery = new("celery", "apt-get install python3-celery python3-redis", OnPython("celery", "Celery", "celery.__version__"));
    public static readonly Peer Rq = new("rq", "apt-get install python3-rq", OnPython("rq", "RQ", "rq.VERSION"));
    public static readonly Peer Hangfire = new("hangfire", "dotnet build -c Release bench/peers/hangfire", ["dotnet", HangfireProgram, "version"]);
    public static readonly Peer Graphile = new("graphile", "npm install, in bench/peers/graphile, and apt-get install postgresql", OnNode("graphile-worker", "graphile-worker"));

    /// <summary>Where it is built, seen from its folder.</summary>
    public const string HangfireProgram = "../../../artifacts/bin/hangfire/release/hangfire.dll";

    public static IReadOnlyList<Peer> All { get; } = [BullMq, Sidekiq, Celery, Rq, Hangfire, Graphile];

    /// <summary>Whether it takes part when nobody names the peers.</summary>
    public bool IsUsual => this != Graphile;

    private static string[] OnNode(string package, string title) =>
    [
        "node", "--input-type=module", "-e",
        $"import {{ readFileSync }} from 'fs'; import '{package}'; const {{ version }} = JSON.parse(readFileSync('node_modules/{package}/package.json')); " +
        $"console.log(`{title} ${{version}} on Node ${{process.versions.node}}`); process.exit(0)",
    ];

    private static string[] OnPython(string module, string title, string version) =>
        [Python, "-c", $"import redis, platform, {module}; print('{title}', {version}, 'on Python', platform.python_version())"];
}
