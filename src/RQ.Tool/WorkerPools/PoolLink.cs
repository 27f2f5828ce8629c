using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

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
        StreamReader input = TakeInput();
        // Standard input has no asynchronous read, so it is a thread.
        var thread = new Thread(() => Obey(input, signals)) { IsBackground = true, Name = "rq pool link" };
        thread.Start();
    }

    /// <summary>Takes standard input for the pool's wishes alone: jobs, and the programs that they start, find an empty one in its place and cannot read them away.</summary>
    private static StreamReader TakeInput()
    {
        // A descriptor of its own, which other programs do not inherit.
        var input = new StreamReader(Console.OpenStandardInput());
        if (!OperatingSystem.IsWindows())
            EmptyInput();
        return input;
    }

    private static void EmptyInput()
    {
        try
        {
            using SafeFileHandle nothing = File.OpenHandle("/dev/null");
            _ = NativeMethods.Duplicate((int)nothing.DangerousGetHandle(), 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // There is none here: it stays as it is, which matters to programs only that read it.
        }
    }

    private static void Obey(StreamReader input, StopSignals signals)
    {
        using StreamReader wishes = input;
        while (Read(wishes) is { } wish)
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

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Duplicate(int from, int to);
    }
}
