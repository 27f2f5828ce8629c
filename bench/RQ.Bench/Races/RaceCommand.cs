using System.Runtime.InteropServices;
using RQ.Bench.Complexity;

namespace RQ.Bench.Races;

/// <summary>Ours and theirs in turn, on the same work, and what came of the targets.</summary>
internal static class RaceCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Contains("--help"))
        {
            Console.WriteLine(RaceOptions.Usage);
            return 0;
        }

        RaceOptions options = RaceOptions.Parse(arguments);
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;       // Not at once: what was started is ended first.
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            Console.WriteLine($"machine: {Machine.Describe()}");
            var race = new Race(options, Console.Out);
            Results results = await race.RunAsync(stop.Token);
            Report.Write(Console.Out, results, race.Rows);
            if (options.Parts?.Contains(RaceOptions.ComplexityPart) == true)
                await ComplexityCommand.RunAsync(Console.Out, options.Quick ? 100 : 1, stop.Token);
            Console.WriteLine($"\nload at the end: {Machine.Load}{(options.Quick ? $"; a quick run, with {options.Jobs} jobs and a backlog of {options.Backlog}: its figures say little" : "")}");
            return results.AnyFailed ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped.");
            return 130;
        }
    }
}
