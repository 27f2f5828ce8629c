using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>Jobs that do to their process what jobs should not.</summary>
public static class HorseJobs
{
    private static readonly List<byte[]> s_leaked = [];
    private static int s_runs;

    public static int ProcessId() => Environment.ProcessId;

    [Job("tests.alone", Isolation = Isolation.WorkHorsePerJob)]
    public static int ProcessIdAlone() => Environment.ProcessId;

    [Job("tests.apart", Isolation = Isolation.WorkHorse)]
    public static int ProcessIdApart() => Environment.ProcessId;

    [Job("tests.at-home", Isolation = Isolation.None)]
    public static int ProcessIdAtHome() => Environment.ProcessId;

    public static string Variables() => $"{Environment.GetEnvironmentVariable("RQ_WORKER_ID")} {Environment.GetEnvironmentVariable("RQ_JOB_ID")}";

    public static void Exit(int code) => Environment.Exit(code);

    public static void FailFast() => Environment.FailFast("had enough");

    public static void Signal(string signal)
    {
        // Of a signal that means a crash the runtime first looks whether it is one of its own.
        while (true)
        {
            using Process kill = Process.Start("kill", [$"-{signal}", Text(Environment.ProcessId)]);
            kill.WaitForExit();
        }
    }

    public static int OverflowStack(int depth) => depth < 0 ? depth : OverflowStack(depth + 1) + OverflowStack(depth + 2);

    public static void ThrowOnThread()
    {
        var thread = new Thread(() => throw new InvalidOperationException("nobody catches this"));
        thread.Start();
        thread.Join();
        Block();
    }

    /// <summary>Holds memory that its process never gives back.</summary>
    public static int Leak(int megabytes)
    {
        byte[] block = new byte[megabytes * 1024 * 1024];
        new Random(1).NextBytes(block);
        s_leaked.Add(block);
        return s_leaked.Count;
    }

    /// <summary>Takes memory that no garbage collector limits.</summary>
    public static void TakeNativeMemory(int megabytes)
    {
        for (int i = 0; i < megabytes; i++)
        {
            nint block = Marshal.AllocHGlobal(1024 * 1024);
            for (int page = 0; page < 1024 * 1024; page += 4096)
                Marshal.WriteByte(block, page, 1);
        }
    }

    /// <summary>Leaks, and ends its process at each n-th run in it.</summary>
    public static void LeakOrCrash(int number, int megabytes, int crashEvery)
    {
        s_runs++;
        if (crashEvery > 0 && number % crashEvery == 0)
            Environment.FailFast("one of many");
        if (megabytes > 0)
            Leak(megabytes);
    }

    /// <summary>Catches everything, the end of its time too, and says that all is well.</summary>
    public static string SwallowEverything(string key, JobContext context)
    {
        Enter(key, context);
        using var pause = new ManualResetEventSlim();
        for (int i = 0; i < 1200; i++)
        {
            try
            {
                pause.Wait(100, context.CancellationToken);
            }
            catch (OperationCanceledException)
            {
                pause.Wait(100);
            }
        }

        return "all is well";
    }

    /// <summary>Takes all of a core and no notice of anything.</summary>
    public static void Spin(string key, JobContext context)
    {
        Enter(key, context);
        for (long i = 0; i < long.MaxValue; i++)
        {
        }
    }

    /// <summary>Starts a process that starts two more; all sleep. Their ids are in the list <c>children:{key}</c>.</summary>
    public static void SpawnTree(string key, JobContext context)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 300 & echo $!; sleep 300 & echo $!; wait"]) { RedirectStandardOutput = true })!;
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        db.ListRightPush($"children:{key}", [shell.Id, shell.StandardOutput.ReadLine(), shell.StandardOutput.ReadLine()]);
        Enter(key, context);
        Block();
    }

    /// <summary>Starts such processes and ends its own as if nothing ran in it.</summary>
    public static void SpawnAndExit(string key, JobContext context)
    {
        using Process sleep = Process.Start("sleep", "300");
        context.Job.Connection.Multiplexer.GetDatabase().ListRightPush($"children:{key}", sleep.Id);
        Environment.Exit(3);
    }

    /// <summary>Leaves something running that goes on to say things for the job.</summary>
    public static void LeaveTalker(JobContext context)
    {
        new Thread(() =>
        {
            using var pause = new ManualResetEventSlim();
            while (true)
            {
                context.Log("from the grave");
                context.Progress(0.1, "from the grave");
                pause.Wait(5);
            }
        }) { IsBackground = true }.Start();
        context.Log("alive");
    }

    public static void Write(string line)
    {
        Console.WriteLine(line);
        Console.Error.WriteLine($"to errors: {line}");
        // Past the console, as native code and other programs do.
        using Process echo = Process.Start("echo", [$"native: {line}"]);
        echo.WaitForExit();
    }

    public static async Task SayAndSaveAsync(JobContext context)
    {
        context.Progress(0.5, "half");
        context.Log("a line");
        await context.Job.SetMetaAsync("color", "blue");
        context.Progress(1, "all");
    }

    /// <summary>Waits until it is told that the worker stops, and ends early.</summary>
    public static async Task EndEarly(string key, JobContext context)
    {
        Enter(key, context);
        await Task.Delay(Timeout.Infinite, context.ShutdownToken);
    }

    /// <summary>Counts itself under <c>runs:{key}</c> and waits for the gate <c>gate:{key}</c>, looking at no token.</summary>
    public static void BlockAtGate(string key, JobContext context)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        Enter(key, context);
        using var pause = new ManualResetEventSlim();
        while (!db.KeyExists($"gate:{key}"))
            pause.Wait(20);
    }

    /// <summary>A callback that notes how it was called in the list <c>told:{id}</c>.</summary>
    public static void Told(JobContext context, Exception? exception)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        db.ListRightPush($"told:{context.Job.Id}", $"{Environment.ProcessId} {exception?.Message ?? "no exception"}");
    }

    /// <summary>Counts itself under <c>runs:{key}</c> and returns when its token says so, as if all were well.</summary>
    public static void ReturnWhenStopped(string key, JobContext context)
    {
        Enter(key, context);
        context.CancellationToken.WaitHandle.WaitOne();
    }

    public static void ToldThenCrashes(JobContext context, Exception? exception)
    {
        Told(context, exception);
        Environment.FailFast("in the callback");
    }

    public static void CallbackThatCrashes() => Environment.FailFast("in the callback");

    public static void CallbackThatHangs() => Block();

    public static int SessionId()
    {
        using Process ps = Process.Start(new ProcessStartInfo("ps", ["-o", "sess=", "-p", Text(Environment.ProcessId)]) { RedirectStandardOutput = true })!;
        return int.Parse(ps.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    public static async Task CrashOnceAsync(string key, JobContext context)
    {
        if (await context.Job.Connection.Multiplexer.GetDatabase().StringIncrementAsync($"runs:{key}") == 1)
            Environment.FailFast("the first time");
    }

    private static void Enter(string key, JobContext context)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        db.StringSet($"pid:{key}", Environment.ProcessId);
        db.StringIncrement($"runs:{key}");
    }

    private static void Block()
    {
        using var never = new ManualResetEventSlim();
        never.Wait();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
