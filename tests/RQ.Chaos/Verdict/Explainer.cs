using RQ.Chaos.Cast;
using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;

namespace RQ.Chaos.Verdict;

/// <summary>
/// Tells for each run of a job whether it was called for: the first one, a retry after a failure on purpose, a further run of one that repeats; and of all others, which
/// fault made the job run again. Strict: a fault counts only if it struck the very process that ran the job, its work horse or its link, while the job was
/// under way there; and what strikes the server alone, or cuts connections, excuses nothing.
/// </summary>
internal sealed class Explainer
{
    /// <summary>A run that has ended is stored within that time; while the server or the link is away it takes longer.</summary>
    private const long Settling = 3 * Moment.PerSecond;

    /// <summary>A work horse begins what it was told to, and ends, for so long after its worker has been killed; longer than processes stand still on a busy machine.</summary>
    private const long Orphaned = 3 * Moment.PerSecond;

    /// <summary>A fault is written down before it strikes.</summary>
    private const long Noting = Moment.PerSecond / 2;

    /// <summary>How long half-open connections that a fault leaves behind can be taken for alive.</summary>
    private const long Aftermath = 15 * Moment.PerSecond;

    private readonly ILookup<string, Fault> _ofMember;
    private readonly Fault[] _ofServer;
    private readonly Dictionary<string, Life> _lives;

    public Explainer(IReadOnlyCollection<Fault> faults, IEnumerable<Life> lives)
    {
        _lives = lives.ToDictionary(life => life.Name);
        _ofMember = faults.Where(fault => fault.Member is not null).ToLookup(fault => fault.Member!.Name);
        _ofServer = [.. faults.Where(fault => fault.Kind.IsServers)];
    }

    /// <summary>The runs of a job that something else than its producer has called for.</summary>
    public IEnumerable<Extra> Extras(Account account)
    {
        int successes = 0, surplus = account.Successes - account.Kind.Successes();
        for (int i = 0; i < account.Runs.Count - 1; i++)
        {
            Run before = account.Runs[i], again = account.Runs[i + 1];
            // One that repeats has run too often when a success was not stored: then that was struck, and is none of the series.
            if (before.Outcome == "ok" && account.Kind == JobKind.Repeated && surplus > 0 && Explain(account, before, again) is { Reason: not Reason.Unexplained } unstored)
            {
                surplus--;
                yield return unstored;
                continue;
            }

            if (before.Outcome == "ok")
                successes++;
            // A failure on purpose was to be retried. One that repeats runs again after each success but the last one.
            bool isCalledFor = before.Outcome == "fail" && IsInOrder(before, again)
                || before.Outcome == "ok" && account.Kind == JobKind.Repeated && successes < account.Kind.Successes() && IsInOrder(before, again);
            if (!isCalledFor)
                yield return Explain(account, before, again);
        }
    }

    /// <summary>The faults that struck the server or the way to it in some time.</summary>
    public bool IsDisturbed(Member member, long from, long to) =>
        _ofServer.Any(fault => fault.IsOverlapping(from, to)) || _ofMember[member.Name].Any(fault => fault.Life is null && fault.IsOverlapping(from, to + Aftermath));

    /// <summary>How long a job took to run again, counted from the fault or, if that came later, from when the server was last in order again; <c>null</c> when it was not.</summary>
    public long? RecoveryInOrder(Extra extra)
    {
        Fault[] meanwhile = [.. _ofServer.Where(fault => fault.IsOverlapping(extra.Fault!.From, extra.Again.Start))];
        long from = meanwhile.Select(fault => fault.To).Append(extra.Fault!.From).Max();
        return from <= extra.Again.Start ? extra.Again.Start - from : null;
    }

    private static bool IsInOrder(Run before, Run again) => before.End <= again.Start;

    private Extra Explain(Account account, Run before, Run again)
    {
        Life life = _lives[before.Life];
        if (life.Member.Part == Part.Python)
        {
            // A worker that was killed leaves its work horse, and what was lost may have been lost before the job began.
            Fault? any = _ofMember[life.Member.Name].Concat(_ofServer).Where(fault => fault.IsOverlapping(before.Start - Moment.PerSecond, again.Start)).MinBy(fault => fault.From);
            return new Extra(account, before, again, any is null ? Reason.Unexplained : Reason.Python, any);
        }

        Fault? fault = _ofMember[life.Member.Name].Where(fault => Excuses(fault, life, before, again)).OrderBy(fault => fault.Kind.Effect).ThenBy(fault => fault.From).FirstOrDefault();
        return new Extra(account, before, again, fault is null ? Reason.Unexplained : Reason.Struck, fault);
    }

    private bool Excuses(Fault fault, Life life, Run before, Run again)
    {
        if (fault.From > again.Start || (fault.Life is not null && fault.Life != life.Name))
            return false;
        // Killed was this work horse, or all of the worker; one that was stopped stands still.
        if (fault.Pid != 0 && fault.Pid != before.Pid && fault.Pid != life.Pid)
            return false;
        bool isOver = before.End is { } end && fault.From > end + Settling && !IsDisturbed(life.Member, end, fault.From);
        return fault.Kind.Effect switch
        {
            Effect.Death => fault.From >= before.Start - (before.Pid == fault.Pid ? Noting : Orphaned) && !isOver,
            // It need not have begun before the run had.
            Effect.Silence => fault.To + Aftermath >= before.Start && !isOver,
            // Given back: it has been told to stop, or could not tell before it left.
            Effect.Leave => !isOver && (before.End is null || before.Outcome == "cancel" || IsDisturbed(life.Member, before.Start, fault.To)),
            _ => false,
        };
    }
}
