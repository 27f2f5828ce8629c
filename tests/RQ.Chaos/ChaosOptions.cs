using System.Globalization;

namespace RQ.Chaos;

/// <summary>What the command line asks for.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        usage: RQ.Chaos [--jobs N] [--faults N] [--minutes M] [--seed S] [--workers LIST] [--report FILE.md] [--keep DIR] [--quiet-limit M]
               RQ.Chaos --soak TIME [--jobs N] [--faults N] [--report FILE.md]

          --jobs N         how many enqueues are to be acknowledged (100,000)
          --faults N       how many faults strike (1,000)
          --minutes M      over how long both are spread (35)
          --seed S         which faults strike, in which order; printed when not given
          --only LIST      of the faults only these, by name: worker-kill,link-cut
          --workers LIST   how many workers of each kind (in-process=2,horse=2,fresh=1,python=2)
          --report FILE    where the report goes, in Markdown; it is also printed
          --keep DIR       where logs, ledgers and the server's files stay; else they are kept only when something was found
          --quiet-limit M  how long the end is waited for, in minutes (8)
          --soak TIME      no faults unless --faults says so; memory is measured for so long: 2h, 30m, 90s
          --sabotage WHAT  loses or doubles one job by hand (lose, double), to show that it is found
        """;

    /// <summary>Set when the run is about memory and not about faults.</summary>
    public TimeSpan? Soak { get; private init; }

    public int Jobs { get; private init; } = 100_000;

    public int Faults { get; private init; } = 1_000;

    public TimeSpan Length { get; private init; } = TimeSpan.FromMinutes(35);

    public int Seed { get; private init; } = Random.Shared.Next(1, 1_000_000);

    public IReadOnlyList<string> Only { get; private init; } = [];

    public int InProcessWorkers { get; private init; } = 2;

    public int HorseWorkers { get; private init; } = 2;

    public int FreshWorkers { get; private init; } = 1;

    public int PythonWorkers { get; init; } = 2;

    public string? Report { get; private init; }

    public string? Keep { get; private init; }

    public TimeSpan QuietLimit { get; private init; } = TimeSpan.FromMinutes(8);

    public string? Sabotage { get; private init; }

    /// <summary>The arguments with which the run can be made again.</summary>
    public string CommandLine => string.Create(
        CultureInfo.InvariantCulture,
        $"--jobs {Jobs} --faults {Faults} {(Soak is { } soak ? $"--soak {soak.TotalSeconds}s" : $"--minutes {Length.TotalMinutes:0.##}")} --seed {Seed} --workers in-process={InProcessWorkers},horse={HorseWorkers},fresh={FreshWorkers},python={PythonWorkers}{(Only.Count > 0 ? " --only " + string.Join(',', Only) : "")}");

    /// <exception cref="ArgumentException">An argument is unknown, or its value cannot be.</exception>
    public static ChaosOptions Parse(string[] arguments)
    {
        var options = new ChaosOptions();
        int? faults = null, jobs = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{argument} needs a value.");
            int Count() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new ArgumentException($"{argument} needs a number.");
            TimeSpan Minutes() => double.TryParse(Value(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0
                ? TimeSpan.FromMinutes(number)
                : throw new ArgumentException($"{argument} needs a number above 0.");
            options = argument switch
            {
                "--jobs" => options with { Jobs = (jobs = Count()).Value },
                "--faults" => options with { Faults = (faults = Count()).Value },
                "--minutes" => options with { Length = Minutes() },
                "--seed" => options with { Seed = Count() },
                "--only" => options with { Only = Value().Split(',') },
                "--workers" => options.WithWorkers(Value()),
                "--report" => options with { Report = Value() },
                "--keep" => options with { Keep = Value() },
                "--quiet-limit" => options with { QuietLimit = Minutes() },
                "--soak" => options with { Soak = Time(Value()) },
                "--sabotage" => options with { Sabotage = Value() },
                _ => throw new ArgumentException($"'{argument}' is not an option."),
            };
        }

        // A soak is long: by default forty jobs a second, and nothing strikes.
        return options.Soak is { } soak
            ? options with { Length = soak, Faults = faults ?? 0, Jobs = jobs ?? (int)(soak.TotalSeconds * 40) }
            : options;
    }

    private ChaosOptions WithWorkers(string list)
    {
        ChaosOptions options = this;
        foreach (string part in list.Split(','))
        {
            string[] pair = part.Split('=');
            if (pair.Length != 2 || !int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                throw new ArgumentException($"'{part}' is not KIND=NUMBER.");
            options = pair[0] switch
            {
                "in-process" => options with { InProcessWorkers = count },
                "horse" => options with { HorseWorkers = count },
                "fresh" => options with { FreshWorkers = count },
                "python" => options with { PythonWorkers = count },
                _ => throw new ArgumentException($"'{pair[0]}' is none of in-process, horse, fresh and python."),
            };
        }

        return options;
    }

    private static TimeSpan Time(string text)
    {
        double unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return unit > 0 && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0
            ? TimeSpan.FromSeconds(number * unit)
            : throw new ArgumentException($"'{text}' is no time such as 2h, 30m or 90s.");
    }
}
