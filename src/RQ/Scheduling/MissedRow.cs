namespace RQ.Scheduling;

/// <summary>
/// The missed times of one schedule, in a row. They are made up for one by one, and to find them takes long when there are thousands: so the row is
/// kept from one to the next.
/// </summary>
internal sealed class MissedRow
{
    private List<DateTimeOffset> _times = [];

    /// <param name="times">All times of the schedule.</param>
    /// <param name="most">How many to find; of more it is the last ones.</param>
    /// <param name="next">The first time that is not over.</param>
    /// <param name="inTime">What was due before this is missed.</param>
    /// <returns>The times that are missed, the oldest first.</returns>
    public IReadOnlyList<DateTimeOffset> Read(Occurrences times, int most, DateTimeOffset next, DateTimeOffset inTime)
    {
        // A clock that was set back makes missed times coming ones.
        if (_times.Count == 0 || _times[0] != next || times.Due(_times[^1]) >= inTime)
            return _times = [.. times.Last(most, next.AddSeconds(-1), inTime).TakeWhile(time => times.Due(time) < inTime)];
        while (times.After(_times[^1]) is { } time && times.Due(time) < inTime)
            _times.Add(time);
        return _times;
    }

    /// <summary>The first ones are over. Of most schedules none is left then, and nothing is kept.</summary>
    public void GoPast(int count)
    {
        if (count == _times.Count)
            _times = [];
        else
            _times.RemoveRange(0, count);
    }
}
