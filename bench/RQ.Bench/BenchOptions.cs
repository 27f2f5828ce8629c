using System.Globalization;

namespace RQ.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        usage: RQ.Bench [--url URL] [--jobs N] [--concurrency C] [--keep|--discard] [--schedule [--due N] [--later N]]
               RQ.Bench --part NAME [--url URL] [--jobs N] [--concurrency C] [--backlog N]
               RQ.Bench --worker --url URL [--concurrency C]
               RQ.Bench race [OPTIONS]        (RQ.Bench race --help)
        """;

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

    /// <summary>The one measurement that is wanted, by its name; <c>null</c> for the usual ones.</summary>
    public string? Part { get; private init; }

    /// <summary>How many jobs a queue holds that is very full.</summary>
    public int Backlog { get; private init; } = 1_000_000;

    /// <summary>Whether this process is to be a worker and nothing else.</summary>
    public bool IsWorker { get; private init; }

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
                "--part" => options with { Part = Value() },
                "--backlog" => options with { Backlog = Number() },
                "--worker" => options with { IsWorker = true },
                "--later" => options with { Later = Number() },
                _ => throw new ArgumentException($"'{argument}' is not an option."),
            };
        }

        if (options is { IsWorker: true, Url: null })
            throw new ArgumentException("--worker needs --url.");
        return options;
    }
}
