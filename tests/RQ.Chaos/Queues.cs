namespace RQ.Chaos;

/// <summary>The queues, and who serves them: each is served by workers of at least two kinds, so that one of them can be missing.</summary>
internal static class Queues
{
    /// <summary>By workers of .NET of all isolations and by those of Python.</summary>
    public const string Mixed = "mixed";

    /// <summary>By workers that run jobs in their own process, and by those with work horses.</summary>
    public const string Inside = "inside";

    /// <summary>The same, with work horses first.</summary>
    public const string Horses = "horses";

    /// <summary>By workers with a process for each job, and by those with work horses.</summary>
    public const string Fresh = "fresh";

    public static readonly string[] All = [Mixed, Inside, Horses, Fresh];

    public static string Any(Random random) => random.Next(100) switch
    {
        < 22 => Mixed,
        < 64 => Inside,
        < 97 => Horses,
        _ => Fresh,
    };

    /// <summary>One that Python's workers do not serve.</summary>
    public static string Ours(Random random) => random.Next(100) < 55 ? Inside : Horses;
}
