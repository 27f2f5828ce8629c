using System.Globalization;

namespace RQ.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    public const string Usage = "usage: RQ.Bench [--url URL] [--jobs N] [--concurrency C] [--keep|--discard] [--schedule [--due N] [--later N]]";

    /// <summary>The server; <c>null</c> starts a redis-server for the run.</summary>
    public string? Url { get; private init; }

    public int Jobs { get; private init; } = 20_000;

    public int Concurrency { get; private init; } = 100;

    /// <summary>Whether finished jobs and their results stay (500 s, the default) or are deleted at once.</summary>
    public bool Keep { get; private init; } = true;

    /// <summary>Whether the schedule is measured instead of the queue.</summary>
    public bool Schedule { get; private init; }

    /// <summary>How many jobs come due at moments of their own.</summary>
    public int Due { get; private init; } = 1_000;

    /// <summary>How many more are scheduled for later, or for one moment.</summary>
    public int Later { get; private init; } = 100_000;

    /// <exception cref="ArgumentException">An argument is unknown, or its value is no positive number.</exception>
    public static BenchOptions Parse(string[] arguments)
    {
        var options = new BenchOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{argument} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
                ? number
                : throw new ArgumentException($"{argument} needs a positive number.");
            options = argument switch
            {
                "--url" => options with { Url = Value() },
                "--jobs" => options with { Jobs = Number() },
                "--concurrency" => options with { Concurrency = Number() },
                "--keep" => options with { Keep = true },
                "--discard" => options with { Keep = false },
                "--schedule" => options with { Schedule = true },
                "--due" => options with { Due = Number() },
                "--later" => options with { Later = Number() },
                _ => throw new ArgumentException($"'{argument}' is not an option."),
            };
        }

        return options;
    }
}
