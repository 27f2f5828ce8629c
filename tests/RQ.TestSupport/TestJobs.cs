using System.Collections.Concurrent;

namespace RQ.TestSupport;

/// <summary>Job functions for tests.</summary>
public static class TestJobs
{
    private static readonly ConcurrentDictionary<string, Gate> s_gates = new();
    private static readonly ConcurrentDictionary<string, int> s_runs = new();
    private static readonly ConcurrentQueue<(string List, string Item)> s_order = new();

    public static int Add(int x, int y) => x + y;

    public static void Nothing()
    {
    }

    public static string? ReturnsNull() => null;

    public static string Greet(string name, string greeting = "Hello", string punctuation = "!") => $"{greeting}, {name}{punctuation}";

    public static object? Echo(object? value) => value;

    public static void Fail(string message) => throw new InvalidOperationException(message);

    public static async Task<string> WaitAtGateAsync(string gate, CancellationToken cancellationToken)
    {
        Gate(gate).Entered.TrySetResult();
        await Gate(gate).Opened.Task.WaitAsync(cancellationToken);
        return gate;
    }

    /// <summary>Blocks its thread, and takes no token.</summary>
    public static string BlockAtGate(string gate)
    {
        CountRun(gate);
        Gate(gate).Entered.TrySetResult();
        Gate(gate).Opened.Task.Wait();
        return gate;
    }

    public static int CountRun(string key) => s_runs.AddOrUpdate(key, 1, (_, count) => count + 1);

    public static void Note(string list, string item) => s_order.Enqueue((list, item));

    public static void FailOnce(string list, string item)
    {
        Note(list, item);
        if (CountRun(list + item) == 1)
            throw new InvalidOperationException("the first time fails");
    }

    /// <summary>How often <see cref="CountRun"/> ran for the key, or <see cref="BlockAtGate"/> for the gate.</summary>
    public static int Runs(string key) => s_runs.GetValueOrDefault(key);

    /// <summary>What was noted in the list, in order.</summary>
    public static string[] Noted(string list) => [.. s_order.Where(note => note.List == list).Select(note => note.Item)];

    public static Gate Gate(string name) => s_gates.GetOrAdd(name, _ => new Gate());
}

/// <summary>Lets a test and a running job wait for each other.</summary>
public sealed class Gate
{
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task HasEnteredAsync() => Entered.Task.WaitAsync(Eventually.Limit);

    public void Open() => Opened.TrySetResult();
}
