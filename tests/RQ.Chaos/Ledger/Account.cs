namespace RQ.Chaos.Ledger;

/// <summary>One run of a job, as it has written down itself.</summary>
/// <param name="Life">The process that wrote it, or whose work horse did.</param>
/// <param name="Id">The execution's id; of Python's one of our own.</param>
/// <param name="JobId">The job.</param>
/// <param name="Pid">The process in which it ran.</param>
/// <param name="Start">When its code began.</param>
internal sealed record Run(string Life, string Id, string JobId, int Pid, long Start)
{
    /// <summary>When its code ended; <c>null</c> when it never did.</summary>
    public long? End { get; set; }

    /// <summary><c>ok</c>, <c>fail</c> (on purpose), <c>cancel</c>, or nothing.</summary>
    public string Outcome { get; set; } = "";
}

/// <summary>All that is known of one job, by the token that its producer gave it.</summary>
internal sealed class Account(string token)
{
    public string Token { get; } = token;

    public JobKind Kind { get; set; }

    public string Queue { get; set; } = "";

    /// <summary>When its producer was about to enqueue it.</summary>
    public long Attempted { get; set; }

    /// <summary>When its producer had it acknowledged; <c>null</c> when that never came.</summary>
    public long? Acknowledged { get; set; }

    /// <summary>The job's ids: one, unless something is very wrong.</summary>
    public HashSet<string> JobIds { get; } = [];

    /// <summary>In the order in which they began.</summary>
    public List<Run> Runs { get; } = [];

    public int Successes => Runs.Count(run => run.Outcome == "ok");

    public int Failures => Runs.Count(run => run.Outcome == "fail");
}
