using RQ.Chaos.Faults;
using RQ.Chaos.Ledger;

namespace RQ.Chaos.Verdict;

/// <summary>Why a job ran again although the run before was none that calls for another one.</summary>
internal enum Reason
{
    /// <summary>A fault that strikes a worker of .NET, its work horse or its link, while the job was under way there.</summary>
    Struck,

    /// <summary>The run before was one of Python's, and something struck: RQ 1.13 has no fence and no call that is safe to be sent again.</summary>
    Python,

    /// <summary>Nothing explains it.</summary>
    Unexplained,
}

/// <summary>A run that would not have been without a fault.</summary>
/// <param name="Account">The job.</param>
/// <param name="Before">The run before.</param>
/// <param name="Again">The run.</param>
/// <param name="Reason">Why.</param>
/// <param name="Fault">Which fault; <c>null</c> when there is none.</param>
internal sealed record Extra(Account Account, Run Before, Run Again, Reason Reason, Fault? Fault)
{
    /// <summary>Whether the job had been run to its end before.</summary>
    public bool IsDuplicate => Before.Outcome == "ok";

    /// <summary>From the fault, until the job ran again.</summary>
    public long Recovery => Again.Start - (Fault?.From ?? Before.Start);
}
