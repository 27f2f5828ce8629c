using System.Text;

namespace RQ.WorkHorses;

/// <summary>Reads what a process writes, line by line, and keeps its last lines. A line without end is cut, so that nobody can fill the worker's memory.</summary>
internal sealed class LinePump
{
    private const int LongestLine = 16 * 1024;
    private const int Kept = 20;

    private readonly Action<string> _line;
    private readonly Queue<string> _last = new();
    private readonly Lock _lock = new();

    public LinePump(StreamReader source, Action<string> line)
    {
        _line = line;
        Completion = PumpAsync(source);
    }

    /// <summary>Ends when nobody can write there any more: not before all that the process has started are gone too.</summary>
    public Task Completion { get; }

    /// <summary>The last lines.</summary>
    public string Tail
    {
        get
        {
            lock (_lock)
                return string.Join('\n', _last);
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
            _last.Enqueue(text);
            if (_last.Count > Kept)
                _last.Dequeue();
        }

        _line(text);
    }
}
