using RQ.Redis.Transitions;

namespace RQ;

public partial class Job
{
    /// <summary>How many further runs are left of a job that repeats; <c>null</c> when it does not, or does so for ever.</summary>
    public int? RepeatsLeft => _hash.RepeatsForever ? null : _hash.RepeatsLeft;

    /// <summary>Whether it is run again after each success, see <see cref="Repeat.Forever"/>. When it is due next is told by <see cref="Queue.Scheduled"/>.</summary>
    public bool RepeatsForever => _hash.RepeatsForever;

    /// <summary>After this it is not due again, see <see cref="Repeat.Until"/>; <c>null</c> when it does not repeat, or knows no such time.</summary>
    public DateTimeOffset? RepeatUntil => _hash.RepeatUntil;

    /// <summary>The waits between the runs of a job that repeats in seconds, as they are stored: RQ reads them from the end.</summary>
    public IReadOnlyList<long> RepeatIntervals => _hash.RepeatIntervals;

    /// <summary>
    /// Ends the series of a job that repeats: the run that goes on, or else the one that it waits for, is the last. To have that run not made either, cancel it. A run
    /// that a worker of Python RQ has begun writes its own count when it ends, so that another follows.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there were further runs to come.</returns>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    public async Task<bool> EndRepeatsAsync(CancellationToken cancellationToken = default)
    {
        bool ended = await EndRepeats.ExecuteAsync(Connection, Id).WaitAsync(cancellationToken).ConfigureAwait(false);
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return ended;
    }
}
