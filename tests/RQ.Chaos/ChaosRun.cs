using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using RQ.Chaos.Cast;
using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;
using RQ.Chaos.Reporting;
using RQ.Chaos.Soak;
using RQ.Chaos.Verdict;

namespace RQ.Chaos;

/// <summary>One run: the cast plays, faults strike, the jobs end, and what was written down is judged.</summary>
internal sealed class ChaosRun(ChaosOptions options)
{
    private readonly ConcurrentQueue<(string? Life, string What)> _noted = new();
    private readonly long _start = Moment.Now;

    /// <returns>The exit code: 0 when all that is promised was kept, 1 when not.</returns>
    public async Task<int> RunAsync()
    {
        DirectoryInfo directory = options.Keep is null ? Directory.CreateTempSubdirectory("rq-chaos-") : Directory.CreateDirectory(Path.GetFullPath(options.Keep));
        Tell($"seed {options.Seed}, everything is kept in {directory.FullName} while it runs");
        bool isKept;
        await using (TextWriter file = TextWriter.Synchronized(File.CreateText(Path.Combine(directory.FullName, "faults.log"))))
            isKept = await PlayAsync(directory, file);
        if (isKept && options.Keep is null)
            directory.Delete(recursive: true);
        else
            Tell($"logs, ledgers and the server's files are in {directory.FullName}");
        return isKept ? 0 : 1;
    }

    private async Task<bool> PlayAsync(DirectoryInfo directory, TextWriter file)
    {
        await using Troupe cast = await Troupe.StartAsync(options, directory, Note);
        using PosixSignalRegistration interrupted = WhenEnded(PosixSignal.SIGINT, cast), terminated = WhenEnded(PosixSignal.SIGTERM, cast);
        var accounts = new Accounts(cast.Ledgers);
        var log = new FaultLog(file);
        FaultKind[] kinds = [.. FaultPlan.Kinds(what => _noted.Enqueue((null, what))).Where(kind => kind.Fits(cast) && (options.Only.Count == 0 || options.Only.Contains(kind.Name)))];
        var injector = new FaultInjector(cast, FaultPlan.Draw(kinds, options.Faults, options.Length, options.Seed), log);
        using var over = new CancellationTokenSource();
        var memory = new MemorySamples(cast);
        Task sampling = options.Soak is null ? Task.CompletedTask : memory.RunAsync(over.Token);
        await JobsBeginAsync(accounts);
        Task sabotage = options.Sabotage is { } what ? Sabotage.CommitAsync(what, cast.Server.Database) : Task.CompletedTask;
        Task striking = injector.RunAsync();
        await ProducersLeaveAsync(cast, accounts, striking, injector);
        await Task.WhenAll(striking, sabotage);
        await over.CancelAsync();
        await sampling;
        TimeSpan took = TimeSpan.FromSeconds(Moment.Seconds(Moment.Now - _start));
        Tell("producers and faults are over");
        await cast.Server.AnswersAsync();
        TimeSpan untilQuiet = await Quiet.ComesAsync(cast.Server.Database, accounts, options.QuietLimit, Tell);
        accounts.Close();
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{cast.Server.Port}/0");
        Findings findings = await Findings.OfAsync(accounts, cast, log.All, [.. Noted(log)], rq);
        string report = Report.Write(options, cast, log, findings, took, untilQuiet) + (options.Soak is null ? "" : memory.Report());
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "report.md"), report);
        if (options.Report is not null)
            await File.WriteAllTextAsync(options.Report, report);
        Console.WriteLine(report);
        Tell(Summary(findings, log));
        return findings.IsKept;
    }

    private static PosixSignalRegistration WhenEnded(PosixSignal signal, Troupe cast) => PosixSignalRegistration.Create(signal, _ =>
    {
        cast.Kill();
        Environment.Exit(130);
    });

    /// <summary>A program whose first work horse is killed does not become a worker: that is meant so.</summary>
    private IEnumerable<string> Noted(FaultLog log) => _noted
        .Where(noted => noted.Life is null || !log.All.Any(fault => fault.Life == noted.Life && fault.Kind.Effect == Effect.Death))
        .Select(noted => noted.What);

    /// <summary>One line, also for those who read it by program.</summary>
    private static string Summary(Findings findings, FaultLog log) =>
        $"result: faults={log.All.Count} acknowledged={findings.Accounts.Acknowledged} executions={findings.Accounts.Runs} lost={findings.Count(Ending.Lost)} stuck={findings.Count(Ending.Stuck)} "
        + $"unexplained={findings.Unexplained} wrong={findings.Count(Ending.Wrong)} others={findings.Others.Count} again={findings.Extras.Count(extra => extra.Reason == Reason.Struck)} "
        + $"lost-by-python={findings.Count(Ending.LostByPython)} {(findings.IsKept ? "kept" : "BROKEN")}";

    /// <summary>Faults strike when the cast is at work.</summary>
    private static async Task JobsBeginAsync(Accounts accounts)
    {
        long until = Moment.Now + 120 * Moment.PerSecond;
        while (accounts.Runs < 20)
        {
            if (Moment.Now > until)
                throw new InvalidOperationException("No jobs have run two minutes after the start. See the logs.");
            await Task.Delay(200);
            accounts.Read();
        }
    }

    /// <summary>They go on until there are jobs enough and faults enough; each at its rate.</summary>
    private async Task ProducersLeaveAsync(Troupe cast, Accounts accounts, Task striking, FaultInjector injector)
    {
        Member[] producers = [.. cast.Members.Where(member => member.Part == Part.Producer)];
        for (int looks = 1; accounts.Acknowledged < options.Jobs || !striking.IsCompleted || Moment.Now - _start < Moment.Of(options.Soak ?? TimeSpan.Zero); looks++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            accounts.Read();
            if (looks % 15 == 0)
                Tell($"{injector.Struck} faults, {accounts.Acknowledged} jobs acknowledged, {accounts.Runs} runs");
        }

        foreach (Member producer in producers)
        {
            producer.Leave();
            producer.Terminate();
        }

        await Task.WhenAll(producers.Select(producer => producer.EndAsync()));
    }

    /// <summary>RQ's workers end when they meet an error that they do not expect; ours must not.</summary>
    private void Note(Member member, string what)
    {
        if (member.Part != Part.Python)
            _noted.Enqueue((member.Life.Name, what));
        Tell(what);
    }

    private void Tell(string what) => Console.WriteLine($"{Moment.Seconds(Moment.Now - _start),8:0.0} {what}");
}
