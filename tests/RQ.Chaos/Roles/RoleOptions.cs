using System.Globalization;

namespace RQ.Chaos.Roles;

/// <summary>What a process of the cast is told on its command line; its work horses, which are started with the same, are told it too.</summary>
/// <param name="Role">producer, worker or scheduler.</param>
/// <param name="Name">This life's name, also of the worker.</param>
/// <param name="Url">The server, seen through the process's own link.</param>
/// <param name="Ledger">The file that it writes down what it does in.</param>
/// <param name="Clock">The file that says how wrong its clock is.</param>
internal sealed record RoleOptions(string Role, string Name, string Url, string Ledger, string Clock)
{
    public string[] Queues { get; init; } = [];

    public Isolation Isolation { get; init; }

    public int Concurrency { get; init; } = 1;

    public bool WithScheduler { get; init; }

    /// <summary>Of a producer: how many jobs a second.</summary>
    public double Rate { get; init; } = 1;

    public int Seed { get; init; }

    /// <summary>How long the jobs are kept that have ended.</summary>
    public TimeSpan Kept { get; init; } = TimeSpan.FromMinutes(2);

    public IEnumerable<string> ToArguments() =>
    [
        "--role", Role, Name, Url, Ledger, Clock, string.Join(',', Queues), Isolation.ToString(),
        .. new FormattableString[] { $"{Concurrency}", $"{WithScheduler}", $"{Rate}", $"{Seed}", $"{Kept}" }.Select(value => value.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <param name="arguments">All of the command line, after <c>--role</c>.</param>
    public static RoleOptions Parse(string[] arguments) => new(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
    {
        Queues = arguments[5].Split(','),
        Isolation = Enum.Parse<Isolation>(arguments[6]),
        Concurrency = int.Parse(arguments[7], CultureInfo.InvariantCulture),
        WithScheduler = bool.Parse(arguments[8]),
        Rate = double.Parse(arguments[9], CultureInfo.InvariantCulture),
        Seed = int.Parse(arguments[10], CultureInfo.InvariantCulture),
        Kept = TimeSpan.Parse(arguments[11], CultureInfo.InvariantCulture),
    };
}
