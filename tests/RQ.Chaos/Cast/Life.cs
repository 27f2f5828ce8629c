namespace RQ.Chaos.Cast;

/// <summary>One process of a member of the cast, from its start to its end.</summary>
internal sealed class Life(string name, Member member, int pid)
{
    /// <summary>The member's and a number; also the worker's name, and the name of the ledger.</summary>
    public string Name { get; } = name;

    public Member Member { get; } = member;

    public int Pid { get; } = pid;

    public long From { get; } = Moment.Now;

    /// <summary>When it had ended; <c>null</c> while it lives.</summary>
    public long? To { get; set; }

    /// <summary>Whether it has been told to end, or killed.</summary>
    public bool IsMeantToEnd { get; set; }
}
