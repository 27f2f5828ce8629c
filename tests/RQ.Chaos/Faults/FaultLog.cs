using System.Collections.Concurrent;
using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>What struck whom, and when.</summary>
internal sealed class FaultLog(TextWriter file)
{
    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly long _start = Moment.Now;

    public IReadOnlyCollection<Fault> All => _faults;

    public Fault Begin(FaultKind kind, Member? member = null, string? life = null, int pid = 0)
    {
        var fault = new Fault(kind, member, life, pid, Moment.Now);
        _faults.Enqueue(fault);
        lock (file)
            file.WriteLine($"{Moment.Seconds(fault.From - _start),9:0.000} {fault} {(pid == 0 ? "" : pid)}");
        return fault;
    }

    public void End(Fault fault)
    {
        fault.To = Moment.Now;
        lock (file)
            file.WriteLine($"{Moment.Seconds(fault.To - _start),9:0.000}   over: {fault}");
    }
}
