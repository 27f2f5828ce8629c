using System.Diagnostics;
using System.Globalization;
using RQ.Chaos.Roles;

namespace RQ.Chaos.Cast;

/// <summary>All processes of a run, in a directory with their logs and ledgers.</summary>
internal sealed class Troupe : IAsyncDisposable
{
    private const int Producers = 2, Schedulers = 2;

    private readonly ChaosOptions _options;
    private readonly DirectoryInfo _directory;
    private readonly List<Member> _members = [];
    private readonly Action<Member, string> _note;

    private Troupe(ChaosOptions options, DirectoryInfo directory, RedisProcess server, Action<Member, string> note)
    {
        _options = options;
        _directory = directory;
        _note = note;
        Server = server;
    }

    public RedisProcess Server { get; }

    public IReadOnlyList<Member> Members => _members;

    public string Ledgers => Path.Combine(_directory.FullName, "ledgers");

    private string Logs => Path.Combine(_directory.FullName, "logs");

    public static async Task<Troupe> StartAsync(ChaosOptions options, DirectoryInfo directory, Action<Member, string> note)
    {
        foreach (string part in new[] { "redis", "logs", "ledgers", "clocks" })
            directory.CreateSubdirectory(part);
        var cast = new Troupe(options, directory, await RedisProcess.StartAsync(new DirectoryInfo(Path.Combine(directory.FullName, "redis"))), note);
        // Somewhat more: the rate sinks while the server is away, and the jobs should not end long after the faults.
        double rate = options.Soak is null ? 1.15 : 1;
        rate *= options.Jobs / options.Length.TotalSeconds / Producers;
        cast.Add(options.InProcessWorkers, Part.InProcess, "inside", role => role with { Queues = [Queues.Inside, Queues.Mixed, Queues.Fresh, Queues.Horses], Concurrency = 6 });
        cast.Add(options.HorseWorkers, Part.Horse, "horse", role => role with
        {
            Queues = [Queues.Horses, Queues.Mixed, Queues.Inside, Queues.Fresh], Isolation = Isolation.WorkHorse, Concurrency = 2, WithScheduler = true,
        });
        cast.Add(options.FreshWorkers, Part.Fresh, "fresh", role => role with { Queues = [Queues.Fresh], Isolation = Isolation.WorkHorsePerJob });
        cast.Add(options.PythonWorkers, Part.Python, "python", role => role with { Queues = [Queues.Mixed] });
        cast.Add(Schedulers, Part.Scheduler, "scheduler", role => role with { Role = "scheduler" });
        cast.Add(Producers, Part.Producer, "producer", role => role with { Role = "producer", Rate = rate });
        foreach (Member member in cast._members)
            member.Start();
        return cast;
    }

    public static bool HasPython()
    {
        if (!File.Exists("/usr/bin/python3"))
            return false;
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", "import rq.cli"]) { RedirectStandardError = true })!;
        python.WaitForExit();
        return python.ExitCode == 0;
    }

    /// <summary>How wrong the clock of a member's process is, in a file that is shared with it.</summary>
    public string ClockOf(Member member) => Path.Combine(_directory.FullName, "clocks", member.Name);

    public string LogOf(string life) => Path.Combine(Logs, life + ".log");

    /// <summary>All of them at once, when the run is ended by hand.</summary>
    public void Kill()
    {
        foreach (Member member in _members.Where(member => member.Lives.Count > 0))
        {
            member.Leave();
            foreach (int child in Signals.Children(member.Life.Pid))
                Signals.Send(child, Signals.Kill);
            Signals.Send(member.Life.Pid, Signals.Kill);
        }

        Signals.Send(Server.Pid, Signals.Kill);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_members.Select(member => member.DisposeAsync().AsTask()));
        await Server.DisposeAsync();
    }

    private void Add(int count, Part part, string name, Func<RoleOptions, RoleOptions> role)
    {
        for (int i = 1; i <= count; i++)
            _members.Add(new Member(string.Create(CultureInfo.InvariantCulture, $"{name}{i}"), part, new Link(Server.Port), (member, life) => Command(member, life, role), _note));
    }

    private ProcessStartInfo Command(Member member, string life, Func<RoleOptions, RoleOptions> role)
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{member.Link.Port}/0");
        RoleOptions options = role(new RoleOptions("worker", life, url, Path.Combine(Ledgers, life), ClockOf(member))
        {
            Seed = life.Aggregate(_options.Seed, (seed, letter) => unchecked((seed * 31) + letter)), Kept = TimeSpan.FromMinutes(_options.Soak is null ? 2 : 1),
        });
        string[] command = member.Part == Part.Python
            ? ["/usr/bin/python3", "-m", "rq.cli", "worker", "--url", url, "--name", life, .. options.Queues]
            : [.. ThisProgram(), .. options.ToArguments()];
        // The process writes into the file itself, so what it has written is there when it is killed, and nobody has to read along.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", LogOf(life), .. command]);
        start.Environment["CHAOS_LEDGER"] = options.Ledger;
        start.Environment["PYTHONPATH"] = AppContext.BaseDirectory;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["PYTHONUNBUFFERED"] = "1";
        start.Environment["PYTHONWARNINGS"] = "ignore";
        return start;
    }

    private static string[] ThisProgram()
    {
        string executable = Environment.ProcessPath ?? throw new InvalidOperationException("It is not known which program this is.");
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [executable, typeof(Troupe).Assembly.Location] : [executable];
    }
}
