using System.Collections.Concurrent;
using System.Diagnostics;

namespace RQ.Embedded.Tests;

/// <summary>What is told by <see cref="Trace"/> about a directory.</summary>
internal sealed class Errors : TraceListener
{
    private readonly string _directory;
    private readonly ConcurrentQueue<string> _told = [];

    public Errors(string directory)
    {
        _directory = directory;
        Trace.Listeners.Add(this);
    }

    public IReadOnlyCollection<string> Told => _told;

    public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message)
    {
        if (eventType == TraceEventType.Error && message!.Contains(_directory, StringComparison.Ordinal))
        {
            _told.Enqueue(message);
        }
    }

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }

    protected override void Dispose(bool disposing)
    {
        Trace.Listeners.Remove(this);
        base.Dispose(disposing);
    }
}
