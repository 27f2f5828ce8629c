namespace RQ.Workers;

/// <summary>
/// What a burst worker has passed on because it does not know the function: it must end although such jobs stay on its queues, and must
/// not leave anything else there. A queue where it meets one again, with nothing run from that queue in between, is left out until
/// some job has run, which may have enqueued others. In the end each queue is gone through once more.
/// </summary>
internal sealed class PassedOnJobs
{
    private readonly Dictionary<string, HashSet<string>> _met = [];
    private readonly HashSet<string> _leftOut = [];
    private bool _hasRun;

    /// <summary>The queues to take nothing from.</summary>
    public IReadOnlySet<string> LeftOut => _leftOut;

    /// <summary>A job was passed on.</summary>
    /// <returns>Whether its queue is left out from here on.</returns>
    public bool PassOn(string queue, string jobId)
    {
        if (!_met.TryGetValue(queue, out HashSet<string>? met))
            _met[queue] = met = [];
        return !met.Add(jobId) && _leftOut.Add(queue);
    }

    /// <summary>A job of the queue has run.</summary>
    public void Ran(string queue)
    {
        _met.GetValueOrDefault(queue)?.Clear();
        _leftOut.Clear();
        _hasRun = true;
    }

    /// <summary>Nothing is left but what was passed on. Behind it may be what jobs that have run since have enqueued.</summary>
    /// <returns>Whether to look again.</returns>
    public bool LookAgain()
    {
        if (!_hasRun || _met.Count == 0)
            return false;
        _hasRun = false;
        _met.Clear();
        _leftOut.Clear();
        return true;
    }
}
