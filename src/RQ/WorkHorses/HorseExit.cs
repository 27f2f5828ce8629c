using System.Globalization;

namespace RQ.WorkHorses;

/// <summary>How a work horse's process ended.</summary>
/// <param name="ExitCode">Its exit code; <c>null</c> when a signal ended it.</param>
/// <param name="Signal">The signal that ended it; <c>null</c> when it exited.</param>
internal sealed record HorseExit(int? ExitCode, int? Signal)
{
    private static readonly string[] s_signals =
        ["", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM"];

    /// <summary>Whether it was asked to end, as a service manager asks all processes of a service at once.</summary>
    public bool WasAsked => Signal is 2 or 15 || ExitCode is 130 or 143;

    /// <param name="code">What .NET says: 128 and the signal's number when a signal ended it.</param>
    /// <param name="announced">The code with which it said it was about to exit by itself; <c>null</c> when it said nothing.</param>
    public static HorseExit Of(int code, int? announced) => code > 128 && announced != code && !OperatingSystem.IsWindows()
        ? new HorseExit(null, code - 128)
        : new HorseExit(code, null);

    /// <summary>RQ's text, in which <c>waitpid</c> returns the signal, or the exit code times 256; and in words.</summary>
    public override string ToString() => Signal is { } signal
        ? string.Create(CultureInfo.InvariantCulture, $"Work-horse terminated unexpectedly; waitpid returned {signal} (signal {signal}); it was ended by {Name(signal)}")
        : string.Create(CultureInfo.InvariantCulture, $"Work-horse terminated unexpectedly; waitpid returned {ExitCode << 8}; it exited with code {ExitCode} before the job had ended");

    private static string Name(int signal) => signal > 0 && signal < s_signals.Length ? s_signals[signal] : $"signal {signal}";
}
