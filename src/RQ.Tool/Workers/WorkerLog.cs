using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using RQ.Tool.Terminal;

namespace RQ.Tool.Workers;

/// <summary>
/// The worker's log as RQ prints it: <c>HH:MM:SS message</c>, errors on standard error, all else on standard output. Each
/// line is written before the call returns, so none is lost at the end of the process.
/// </summary>
/// <param name="time">The clock; lines show local time.</param>
/// <param name="output">Default: standard output.</param>
/// <param name="errors">Default: standard error.</param>
internal sealed class WorkerLog(TimeProvider time, TextWriter? output = null, TextWriter? errors = null) : ILoggerProvider
{
    private readonly TextWriter _output = output ?? Console.Out;
    private readonly TextWriter _errors = errors ?? Console.Error;
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Lines(this);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string message, Exception? exception)
    {
        var text = new StringBuilder()
            .Append(time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)).Append(' ').Append(PlainText.Line(message)).Append('\n');
        if (exception is not null)
            text.Append(PlainText.Lines(Describe(level, exception))).Append('\n');
        lock (_lock)
            (level >= LogLevel.Error ? _errors : _output).Write(text.ToString());
    }

    // A warning says what the worker has mended itself; where in its code that was helps nobody.
    private static string Describe(LogLevel level, Exception exception) =>
        level >= LogLevel.Error ? exception.ToString().ReplaceLineEndings("\n") : $"{exception.GetType()}: {exception.Message}".ReplaceLineEndings("\n");

    private sealed class Lines(WorkerLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, formatter(state, exception), exception);
    }
}
