using System.Text;

namespace RQ.WorkHorses;

/// <summary>Reads what a process writes, line by line, and keeps the first and the last lines of a job. A line without end is cut, so that nobody can fill the worker's memory.</summary>
internal sealed class LinePump
{
    private const int LongestLine = 16 * 1024;
    private const int KeptFirst = 10;
    private const int KeptLast = 20;

    private readonly Action<string> _line;
    private readonly List<string> _first = [];
    private readonly Queue<string> _last = new();
    private int _dropped;
    private readonly Lock _lock = new();

    public LinePump(StreamReader source, Action<string> line)
    {
        _line = line;
        Completion = PumpAsync(source);
    }

    /// <summary>Ends when nobody can write there any more: not before all that the process has started are gone too.</summary>
    public Task Completion { get; }

    /// <summary>
    /// What was written since <see cref="Begin"/>, without the middle if it is long: the runtime says what happened in the first line
    /// and where it happened in many more.
    /// </summary>
    public string Kept
    {
        get
        {
            lock (_lock)
                return string.Join('\n', [.. _first, .. _dropped > 0 ? [$"... {_dropped} lines ..."] : Array.Empty<string>(), .. _last]);
        }
    }

    /// <summary>Forgets what was written: the next job begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _first.Clear();
            _last.Clear();
            _dropped = 0;
        }
    }

    private async Task PumpAsync(StreamReader source)
    {
        char[] buffer = new char[4096];
        var line = new StringBuilder();
        try
        {
            while (await source.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                foreach (char each in buffer.AsMemory(0, count).ToArray())
                {
                    if (each == '\n' || line.Length >= LongestLine)
                        Take(line);
                    if (each is not ('\n' or '\r'))
                        line.Append(each);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was let go of.
        }

        if (line.Length > 0)
            Take(line);
    }

    private void Take(StringBuilder line)
    {
        string text = line.ToString();
        line.Clear();
        lock (_lock)
        {
            Keep(text);
        }

        _line(text);
    }

    // Within the lock.
    private void Keep(string text)
    {
        if (_first.Count < KeptFirst)
        {
            _first.Add(text);
            return;
        }

        _last.Enqueue(text);
        if (_last.Count <= KeptLast)
            return;
        _last.Dequeue();
        _dropped++;
    }
}
