using System.Globalization;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>Watches a work horse while it runs a job, and says why it died.</summary>
internal sealed class HorseInquest : IDisposable
{
    private static readonly TimeSpan s_sampling = TimeSpan.FromMilliseconds(500);

    private readonly HorseProcess _horse;
    private readonly ITimer _sampler;
    private long _peakMemory;

    public HorseInquest(WorkerSetup setup, HorseProcess horse)
    {
        _horse = horse;
        _sampler = setup.Time.CreateTimer(_ => Sample(), null, s_sampling, s_sampling);
    }

    /// <summary>The most resident memory that was seen, in bytes; <c>null</c> when it was too short to look.</summary>
    public long? PeakMemory => Interlocked.Read(ref _peakMemory) is > 0 and var peak ? peak : null;

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024.0):0} MB");

    /// <summary>RQ's text, with all that is known.</summary>
    /// <param name="exit">How the process ended.</param>
    /// <param name="byUs">Whether it was killed by its worker, and not by the kernel.</param>
    public string Reason(HorseExit exit, bool byUs)
    {
        string reason = exit.ToString();
        if (exit.Signal == 9 && !byUs && _horse.WasMemoryShort)
            reason += "; killed, possibly out of memory: the memory limit of its control group was reached";
        if (PeakMemory is { } peak)
            reason += $"; peak memory {Megabytes(peak)}";
        string errors = _horse.LastErrors;
        return errors.Length > 0 ? $"{reason}; it wrote:\n{errors}" : $"{reason}.";
    }

    public void Dispose() => _sampler.Dispose();

    private void Sample()
    {
        if (_horse.PeakMemory is { } peak)
            Interlocked.Exchange(ref _peakMemory, Math.Max(peak, Interlocked.Read(ref _peakMemory)));
    }
}
