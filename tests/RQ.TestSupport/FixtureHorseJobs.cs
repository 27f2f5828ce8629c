namespace RQ.TestSupport;

/// <summary>What the module <c>fixture_tasks</c> of the golden files does to its process, for processes other than the tests'.</summary>
public static class FixtureHorseJobs
{
    [Job("fixture_tasks.kill_self")]
    public static void KillSelf() => HorseJobs.Signal("KILL");

    [Job("fixture_tasks.exit_code")]
    public static void ExitCode() => Environment.Exit(3);

    /// <summary>Nobody opens this gate: the process is killed.</summary>
    [Job("fixture_tasks.wait_gate")]
    public static Task WaitGateAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
}
