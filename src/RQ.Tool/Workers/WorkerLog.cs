using System.Text;
using Microsoft.Extensions.Logging;
using RQ.Tool.Terminal;

namespace RQ.Tool.Workers;

/// <summary>
/// The worker's log as RQ prints it: errors on standard error, all else on standard output. Each line is written before the
/// call returns, so none is lost at the end of the process; what cannot be written is left out, and work goes on.
/// </summary>
/// <param name="time">The clock; lines show local time.</param>
/// <param name="format">How lines look. Default: <c>HH:MM:SS message</c>.</param>
/// <param name="output">Default: standard output.</param>
/// <param name="errors">Default: standard error.</param>
internal sealed class WorkerLog(TimeProvider time, LogFormat? format = null, TextWriter? output = null, TextWriter? errors = null) : ILoggerProvider
{
    private readonly LogFormat _format = format ?? LogFormat.Default;
    private readonly TextWriter _output = output ?? Console.Out;
    private readonly TextWriter _errors = errors ?? Console.Error;
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Lines(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string logger, string message, Exception? exception)
    {
        var text = new StringBuilder().Append(_format.Show(new LogLine(time.GetLocalNow(), level, logger, PlainText.Line(message)))).Append('\n');
        if (exception is not null)
            text.Append(Indented(PlainText.Lines(Describe(level, exception)))).Append('\n');
        try
        {
            lock (_lock)
                (level >= LogLevel.Error ? _errors : _output).Write(text.ToString());
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The disk is full, say. Whoever logs does not expect that to fail: it would end what looks after workers.
        }
    }

    // The message of an exception may come from whoever enqueued: none of its lines must look like one of the log's own.
    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select((line, number) => number == 0 || line.StartsWith(' ') ? line : "  " + line));

    // A warning says what the worker has mended itself; where in its code that was helps nobody.
    private static string Describe(LogLevel level, Exception exception) =>
        level >= LogLevel.Error ? exception.ToString().ReplaceLineEndings("\n") : $"{exception.GetType()}: {exception.Message}".ReplaceLineEndings("\n");

    private sealed class Lines(WorkerLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, name, formatter(state, exception), exception);
    }
}
