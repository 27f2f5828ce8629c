using System.Collections.Concurrent;
using System.Globalization;
using Garnet;
using Garnet.common;
using Garnet.server;
using Microsoft.Extensions.Logging;

namespace RQ.Embedded;

/// <summary>Keeps a server that could not read all of its data from serving, and so from overwriting it.</summary>
/// <remarks>
/// When Garnet cannot read where its log ends, it logs a warning and starts with an empty one, whatever
/// <c>FailOnRecoveryError</c> says; the first answer then writes over the data. Seen once in some eighty takeovers from a
/// killed process on a machine with nothing left to give, and the data was fine.
/// </remarks>
internal sealed class RecoveryGuard(string dataDirectory) : ILoggerFactory, ILogger
{
    // Where an empty log starts.
    private const long FirstAddress = 64;

    private readonly bool _hadLog = HasLog(dataDirectory);
    private readonly ConcurrentQueue<string> _warnings = [];

    // The file that says where the log ends is written, in one piece, before the first answer is given.
    private static bool HasLog(string dataDirectory)
    {
        var commits = new DirectoryInfo(Path.Combine(dataDirectory, "AOF", "log-commits"));
        return commits.Exists && commits.EnumerateFiles().Any(file => file.Length > 0);
    }

    /// <summary>Called between reading the data and serving it.</summary>
    /// <exception cref="DataNotReadException">Something is missing.</exception>
    public void Check(GarnetServer server)
    {
        var tail = server.Metrics.GetInfoMetrics(InfoMetricsType.PERSISTENCE).First(item => item.Name == "TailAddress").Value;
        var isEmpty = long.Parse(tail, CultureInfo.InvariantCulture) <= FirstAddress;
        // A commit that was being written when its process died is no loss: it was not answered, and the one before it counts.
        var worrying = _warnings.Where(warning => !warning.StartsWith("Unable to load commit metadata", StringComparison.Ordinal)).ToArray();
        if ((_hadLog && isEmpty) || worrying.Length > 0)
        {
            throw new DataNotReadException(_warnings.IsEmpty ? "The end of the log was not found." : string.Join(" ", _warnings));
        }
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // What comes later, while it serves, is nobody's business here.
        if (logLevel >= LogLevel.Warning && _warnings.Count < 10)
        {
            _warnings.Enqueue(exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception.Message}");
        }
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }
}

/// <summary>The data was not, or not completely, read. Trying again may help: the data has not been touched.</summary>
internal sealed class DataNotReadException(string message) : Exception(message);
