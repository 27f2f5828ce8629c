using System.Globalization;
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
            using var record = new StringWriter(CultureInfo.InvariantCulture);
            string machine = Machine.Describe();
            string[] versions = [.. await Machine.VersionsAsync(stop.Token)];
            DateTimeOffset begin = DateTimeOffset.UtcNow;
            Console.WriteLine($"machine: {machine}\nversions: {string.Join("; ", versions)}");
            var race = new Race(options, Console.Out);
            Results results = await race.RunAsync(stop.Token);
            Report.WriteHead(record, begin, machine, [.. versions, .. race.PeerVersions], options);
            Report.Write(record, results, race.Rows);
            Console.WriteLine(record);
            if (options.Parts?.Contains(RaceOptions.ComplexityPart) == true)
            {
                // The tables come one by one, over minutes.
                using var tables = new StringWriter(CultureInfo.InvariantCulture);
                await ComplexityCommand.RunAsync([Console.Out, tables], options.Quick ? 100 : 1, stop.Token);
                await record.WriteLineAsync(tables.ToString());
            }

            if (options.Record is { } file)
                await File.WriteAllTextAsync(file, record.ToString(), stop.Token);
            return results.AnyFailed ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped.");
            return 130;
        }
    }
}
