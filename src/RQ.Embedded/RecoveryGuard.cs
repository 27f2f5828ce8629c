using System.Collections.Concurrent;
using System.Globalization;
using Garnet;
using Garnet.common;
using Garnet.server;
using Microsoft.Extensions.Logging;
using Tsavorite.core;

namespace RQ.Embedded;

/// <summary>
/// Keeps a server that could not read its data from serving, and so from overwriting it; mends the known cause. Tells when one
/// that serves could not write.
/// </summary>
/// <remarks>
/// A process that is killed while it writes leaves a torn end, which Garnet recognises by a checksum and drops: it was not
/// answered yet. But when just the first eight bytes of a commit record fit on the last sector, what it reads after them is
/// zeros, which happen to have the right checksum. It then believes in a commit of an empty log, starts with no data, and its
/// first answer writes over all there is. Seen in about one of fifty takeovers from a killed, writing process.
/// </remarks>
internal sealed class RecoveryGuard(string dataDirectory, WriteFailure failure) : ILoggerFactory, ILogger
{
    // Where an empty log starts.
    private const long FirstAddress = 64;

    // Length of a commit record's body, 40, negated; version 1.
    private static ReadOnlySpan<byte> TornCommit => [0xd8, 0xff, 0xff, 0xff, 1, 0, 0, 0];

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
        if (_hadLog && long.Parse(tail, CultureInfo.InvariantCulture) <= FirstAddress)
        {
            throw new DataNotReadException("The log is not empty but was read as if it were. " + string.Join(" ", _warnings));
        }
    }

    /// <summary>Removes the torn commit record described above from the end of the log.</summary>
    /// <returns>Whether there was one, so that trying again makes sense.</returns>
    public static bool Mend(string dataDirectory)
    {
        var last = new DirectoryInfo(Path.Combine(dataDirectory, "AOF")).EnumerateFiles("aof.log.*")
            .Where(file => file.Length > 0)
            .MaxBy(file => int.TryParse(file.Extension.AsSpan(1), out var segment) ? segment : -1);
        if (last is null || last.Length < TornCommit.Length)
        {
            return false;
        }

        using var file = last.Open(FileMode.Open, FileAccess.ReadWrite);
        Span<byte> end = stackalloc byte[TornCommit.Length];
        file.Position = file.Length - end.Length;
        file.ReadExactly(end);
        if (!end.SequenceEqual(TornCommit))
        {
            return false;
        }

        // No record starts with zeros: there the log ends.
        file.Position = file.Length - end.Length;
        file.Write(stackalloc byte[end.Length]);
        file.Flush(flushToDisk: true);
        return true;
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // Garnet logs it for each connection that it closes for it, and for what it commits by itself.
        if (exception is CommitFailureException)
        {
            failure.Tell(exception);
        }

        // What else comes later, while it serves, is nobody's business here.
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

/// <summary>The data was not read. It has not been touched.</summary>
internal sealed class DataNotReadException(string message) : Exception(message);
