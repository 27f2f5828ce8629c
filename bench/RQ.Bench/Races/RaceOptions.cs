using System.Globalization;

namespace RQ.Bench.Races;

/// <summary>What the command line of a race asks for.</summary>
internal sealed record RaceOptions
{
    public static string Usage => $"""
        usage: bench/run.sh [OPTIONS]
          --parts A,B       which rows: {string.Join(", ", Targets.Parts)} (default: all of them);
                            complexity: what each operation costs the server, by size (only when it is named)
          --peers A,B       which peers: {string.Join(", ", Peer.All.Select(peer => peer.Name))} (default: all that are installed; graphile only when it is named)
          --rounds N        how often everything is measured; the median counts (default 5)
          --jobs N          how many jobs (default 100000); who is slow gets fewer, in proportion
          --record FILE     writes the tables to a file too, as Markdown, with the machine, the date and all versions
          --quick           one round, few jobs, a small backlog: shows that everything runs, and says little of the figures
          --no-install      installs nothing; what is not there is skipped
        """;

    /// <summary>Which rows; <c>null</c> for all.</summary>
    public IReadOnlyList<string>? Parts { get; private init; }

    /// <summary>Which peers; <c>null</c> for all that are installed.</summary>
    public IReadOnlyList<string>? Peers { get; private init; }

    private const int DefaultJobs = 100_000;

    public int Rounds { get; private init; } = 5;

    public int Jobs { get; private init; } = DefaultJobs;

    /// <summary>How many jobs a queue holds that is very full.</summary>
    public int Backlog { get; private init; } = 1_000_000;

    /// <summary>Jobs before a worker's memory is looked at.</summary>
    public int IdleJobs { get; private init; } = 100_000;

    public bool Quick { get; private init; }

    /// <summary>The file for the tables; <c>null</c> for none.</summary>
    public string? Record { get; private init; }

    /// <summary>Where the peers' drivers are.</summary>
    public string PeersFolder { get; private init; } = "bench/peers";

    /// <summary>A number of jobs for those who need fewer: the given one at the default of <see cref="Jobs"/>, and in proportion.</summary>
    public int Share(int jobs) => Math.Max((int)((long)jobs * Jobs / DefaultJobs), 20);

    /// <exception cref="ArgumentException">An argument is unknown, or its value cannot be.</exception>
    public static RaceOptions Parse(string[] arguments)
    {
        var options = new RaceOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{argument} needs a value.");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
                ? number
                : throw new ArgumentException($"{argument} needs a positive number.");
            string[] Names(IEnumerable<string> known)
            {
                string[] names = Value().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return Array.Find(names, name => !known.Contains(name)) is { } unknown
                    ? throw new ArgumentException($"{argument}: there is no '{unknown}'.")
                    : names;
            }

            options = argument switch
            {
                "--parts" => options with { Parts = Names([.. Targets.Parts, ComplexityPart]) },
                "--peers" => options with { Peers = Names(Peer.All.Select(peer => peer.Name)) },
                "--rounds" => options with { Rounds = Number() },
                "--jobs" => options with { Jobs = Number() },
                "--backlog" => options with { Backlog = Number() },
                "--quick" => options with { Quick = true, Rounds = 1, Jobs = 5_000, Backlog = 100_000, IdleJobs = 20_000 },
                "--record" => options with { Record = Value() },
                "--peers-folder" => options with { PeersFolder = Value() },
                _ => throw new ArgumentException($"'{argument}' is not an option."),
            };
        }

        return options;
    }

    public const string ComplexityPart = "complexity";
}
