namespace RQ.Tool.WorkerPools;

/// <summary>
/// How a pool tells its workers to stop: over their standard input, a line for each wish; its end says that the pool has gone.
/// Signals would not do: when a service manager or Ctrl-C signals the whole group, a worker would count its own and the pool's as two.
/// </summary>
internal static class PoolLink
{
    /// <summary>Tells a process that a pool has started it.</summary>
    public const string Variable = "RQ_WORKER_POOL";

    public const string Stop = "stop";
    public const string Abort = "abort";

    /// <summary>Whether a pool has started this process. What this one starts will not take itself for a pool's worker.</summary>
    public static bool Take()
    {
        bool isOfPool = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));
        Environment.SetEnvironmentVariable(Variable, null);
        return isOfPool;
    }

    /// <summary>Obeys the pool until this process ends.</summary>
    public static void Follow(StopSignals signals)
    {
        // Standard input has no asynchronous read, so it is a thread.
        var thread = new Thread(() => Obey(signals)) { IsBackground = true, Name = "rq pool link" };
        thread.Start();
    }

    private static void Obey(StopSignals signals)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (Read(input) is { } wish)
        {
            if (wish == Abort)
                signals.RequestAbort();
            else if (wish == Stop)
                signals.RequestStop();
        }

        // The pool is dead, and nobody else looks after this process: it finishes what it runs and goes.
        signals.RequestStop();
    }

    private static string? Read(StreamReader input)
    {
        try
        {
            return input.ReadLine();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
