using RQ.WorkHorses;

namespace RQ;

/// <summary>
/// A work horse: this program, started once more by its worker to run jobs (<see cref="Isolation.WorkHorse"/>). It comes along the
/// same way to <see cref="Worker.RunAsync"/>, which then serves the worker instead of Redis. What the program does before that is
/// done in each work horse too; where that must not be, ask <see cref="IsThisProcess"/>.
/// </summary>
public static class WorkHorse
{
    private static readonly Lazy<HorseLink?> s_link = new(HorseLink.Open);

    /// <summary>Whether this process was started as a work horse. Connections that it makes do not connect before they are used.</summary>
    public static bool IsThisProcess => Link is not null;

    internal static HorseLink? Link => s_link.Value;

    /// <summary>The arguments of the program that its worker did not put on this process's command line.</summary>
    internal static string[] Arguments => Link?.Hello.Arguments ?? [];
}
