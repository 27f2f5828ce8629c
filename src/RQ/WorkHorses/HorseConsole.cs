using System.Text;

namespace RQ.WorkHorses;

/// <summary>
/// The console of a work horse: what a job writes goes to the worker line by line. What it writes past the console (native code,
/// other processes) comes there too, by the process's own output.
/// </summary>
internal sealed class HorseConsole(HorseChannel channel, bool isError) : TextWriter
{
    private const int LongestLine = 16 * 1024;

    private readonly StringBuilder _line = new();
    private readonly Lock _lock = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_lock)
            Add(value);
    }

    public override void Write(string? value)
    {
        lock (_lock)
        {
            foreach (char each in value ?? "")
                Add(each);
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + "\n");

    /// <summary>Sends what has no end of line yet. A job that has ended does not finish its line.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_line.Length > 0)
                Send();
        }
    }

    private void Add(char value)
    {
        if (value == '\n')
        {
            Send();
            return;
        }

        if (value != '\r')
            _line.Append(value);
        if (_line.Length >= LongestLine)
            Send();
    }

    private void Send()
    {
        string line = _line.ToString();
        _line.Clear();
        channel.Send(HorseMessage.Output, writer =>
        {
            writer.Write(isError);
            writer.Write(line);
        });
    }
}
