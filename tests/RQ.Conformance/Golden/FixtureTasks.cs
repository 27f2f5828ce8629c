using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>What the module <c>fixture_tasks</c> of the golden files does, in C#, for workers of this process. For others: <see cref="FixtureHorseJobs"/>.</summary>
internal sealed class FixtureTasks
{
    /// <summary>What <c>wait_gate</c> waits at.</summary>
    public Gate Gate { get; } = new();

    public void AddTo(JobFunctions functions) => functions
        .Add("fixture_tasks.add", Add)
        .Add("fixture_tasks.nothing", TestJobs.Nothing)
        .Add("fixture_tasks.greet", TestJobs.Greet)
        .Add("fixture_tasks.complex_result", ComplexResult)
        .Add("fixture_tasks.unserializable", Unserializable)
        .Add("fixture_tasks.fail", Fail)
        .Add("fixture_tasks.fail_unicode", FailUnicode)
        .Add("fixture_tasks.wait_gate", WaitGateAsync)
        .Add("fixture_tasks.sleep_for", SleepForAsync)
        .Add("fixture_tasks.set_meta", SetMetaAsync)
        .Add("fixture_tasks.return_retry", ReturnRetry)
        .Add("fixture_tasks.on_success", TestJobs.Nothing)
        .Add("fixture_tasks.on_failure", TestJobs.Nothing)
        .Add("fixture_tasks.on_stopped", TestJobs.Nothing);

    private static int Add(int x, int y) => x + y;

    private async Task<string> WaitGateAsync(string value = "released", CancellationToken cancellationToken = default)
    {
        Gate.Entered.TrySetResult();
        await Gate.Opened.Task.WaitAsync(cancellationToken);
        return value;
    }

    private static Dictionary<string, object?> ComplexResult() => new()
    {
        ["list"] = new List<object?> { 1, 2.5, null, true },
        ["text"] = "héllo",
        ["bytes"] = new byte[] { 0x00, 0xff },
        ["tuple"] = (1, 2),
    };

    private static Func<int> Unserializable() => () => 1;

    private static void Fail(string message = "boom") => throw new ArgumentException(message);

    // Longer than any job of a fixture may take.
    private static Task SleepForAsync(int seconds, CancellationToken cancellationToken = default) => Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);

    private static async Task<string> SetMetaAsync(JobContext context)
    {
        await context.Job.SetMetaAsync("progress", 50);
        return context.Job.Id;
    }

    private static Retry ReturnRetry(int maximum, int interval) =>
        interval == 0 ? new Retry(maximum) : new Retry(maximum, TimeSpan.FromSeconds(interval));

    private static void FailUnicode() => throw new InvalidOperationException("café ☃");
}
