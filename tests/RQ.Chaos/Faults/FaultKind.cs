using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>What may make the jobs that were struck run again.</summary>
internal enum Effect
{
    /// <summary>Nothing: no job may run twice because of it.</summary>
    None,

    /// <summary>The process is gone, and what it ran.</summary>
    Death,

    /// <summary>The process stands still, or cannot be heard: it may be taken for dead.</summary>
    Silence,

    /// <summary>The process is told to end: what does not end in time is given back.</summary>
    Leave,
}

/// <summary>A kind of fault: whom it strikes, and how.</summary>
internal abstract class FaultKind
{
    /// <summary>As it is named in the report and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>One line for the report.</summary>
    public abstract string Description { get; }

    /// <summary>How often it is drawn, among all.</summary>
    public abstract int Share { get; }

    public virtual Effect Effect => Effect.None;

    /// <summary>Whether it strikes everybody.</summary>
    public virtual bool IsServers => false;

    /// <summary>Whether it takes something that was acknowledged, unless the server writes to the disk before it answers.</summary>
    public virtual bool NeedsDurability => false;

    /// <summary>Whether what it hits takes minutes to come back by Python's own rules.</summary>
    public virtual bool IsSlow => false;

    /// <summary>Whether the cast has somebody that it could strike.</summary>
    public abstract bool Fits(Troupe cast);

    /// <summary>Strikes and, where that is part of it, makes good again.</summary>
    /// <returns>Whether somebody was there to be struck.</returns>
    public abstract Task<bool> StrikeAsync(Strike strike);
}

/// <summary>What a fault needs to strike.</summary>
internal sealed class Strike(Troupe cast, FaultLog log, Random random)
{
    public Troupe Cast { get; } = cast;

    public FaultLog Log { get; } = log;

    public Random Random { get; } = random;

    public TimeSpan Time(double least, double most) => TimeSpan.FromSeconds(least + Random.NextDouble() * (most - least));

    /// <summary>Any member of those parts, whose lock is then held; <c>null</c> when all of them are being struck.</summary>
    public Member? Any(Func<Member, SemaphoreSlim> which, params Part[] parts)
    {
        Member[] members = [.. Cast.Members.Where(member => parts.Contains(member.Part))];
        Random.Shuffle(members);
        return Array.Find(members, member => which(member).Wait(0));
    }
}
