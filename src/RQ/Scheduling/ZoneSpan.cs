namespace RQ.Scheduling;

/// <summary>
/// A time during which a zone's clocks run on undisturbed. Instants are seconds since the epoch; local times are seconds from 1970-01-01 00:00 on
/// the wall clock, so that local = instant + offset.
/// </summary>
/// <param name="Start">Its first second.</param>
/// <param name="End">The first second after it.</param>
/// <param name="Offset">Local time minus UTC, in seconds.</param>
/// <param name="Shown">
/// The local time up to which clocks had come before <paramref name="Start"/>. Local times of the span below it come for the second time; if the span starts above
/// it, those in between were skipped.
/// </param>
internal readonly record struct ZoneSpan(long Start, long End, long Offset, long Shown)
{
    /// <summary>The local time at its start.</summary>
    public long LocalStart => Start + Offset;
}
