using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>One fault as it struck.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Member">Whom it struck; <c>null</c> when it was the server.</param>
/// <param name="Life">The process that was struck; <c>null</c> when it was the server, or all that goes over the member's link.</param>
/// <param name="Pid">The process by its id, a work horse among them; 0 when there is none.</param>
/// <param name="From">When it began.</param>
internal sealed record Fault(FaultKind Kind, Member? Member, string? Life, int Pid, long From)
{
    /// <summary>When it was over: the process or server was back, the link open again.</summary>
    public long To { get; set; } = long.MaxValue;

    public bool IsOverlapping(long from, long to) => From <= to && To >= from;

    public override string ToString() => $"{Kind.Name} of {Life ?? Member?.Name ?? "the server"}";
}
