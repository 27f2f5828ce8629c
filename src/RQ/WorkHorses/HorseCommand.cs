using System.Diagnostics;

namespace RQ.WorkHorses;

/// <summary>How a work horse is started: as the program that the worker is.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">What is on its command line.</param>
/// <param name="HandedOver">What it is told of the program's arguments over the connection, where others do not see it.</param>
internal sealed record HorseCommand(string FileName, IReadOnlyList<string> Arguments, IReadOnlyList<string> HandedOver)
{
    /// <summary>The variable that holds where the worker listens.</summary>
    public const string Variable = "RQ_WORK_HORSE";

    /// <summary>This program.</summary>
    /// <param name="handedOver">Its arguments, if they are to be handed over; <c>null</c> puts them on the command line as they are on the worker's.</param>
    public static HorseCommand OfThisProgram(IReadOnlyList<string>? handedOver)
    {
        string executable = Environment.ProcessPath ?? throw new RqException("It is not known which program this is, so it cannot be started as a work horse.");
        string[] arguments = CommandLine(executable);
        return handedOver is null
            ? new HorseCommand(executable, arguments, [])
            : new HorseCommand(executable, arguments[..^Math.Min(arguments.Length, Environment.GetCommandLineArgs().Length - 1)], handedOver);
    }

    public Process Start(string socket)
    {
        var start = new ProcessStartInfo(FileName, Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Variable] = socket;
        return Process.Start(start) ?? throw new RqException($"'{FileName}' could not be started as a work horse.");
    }

    /// <summary>All that follows the executable, the host's own options too, as in <c>dotnet exec --depsfile a.json app.dll</c>.</summary>
    private static string[] CommandLine(string executable)
    {
        if (OperatingSystem.IsLinux())
        {
            // Each ends with a zero, empty ones too.
            string[] all = File.ReadAllText("/proc/self/cmdline").Split('\0');
            return all[1..^1];
        }

        string[] arguments = Environment.GetCommandLineArgs();
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" ? arguments : arguments[1..];
    }
}
