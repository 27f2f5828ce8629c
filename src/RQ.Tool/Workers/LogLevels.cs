using Microsoft.Extensions.Logging;

namespace RQ.Tool.Workers;

/// <summary>Python's names of log levels.</summary>
internal static class LogLevels
{
    /// <summary>From which level on lines are shown.</summary>
    /// <param name="settings">Its <c>--logging-level</c>, in either case; <c>--verbose</c> and <c>--quiet</c> win.</param>
    /// <exception cref="UsageException">There is no such level.</exception>
    public static LogLevel Of(LoggingSettings settings) =>
        settings.Verbose ? LogLevel.Debug
        : settings.Quiet ? LogLevel.Warning
        : settings.LoggingLevel?.ToUpperInvariant() switch
        {
            null or "INFO" => LogLevel.Information,
            "NOTSET" or "DEBUG" => LogLevel.Debug,
            "WARNING" or "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "CRITICAL" or "FATAL" => LogLevel.Critical,
            _ => throw new UsageException($"--logging-level '{settings.LoggingLevel}' is not known: write DEBUG, INFO, WARNING, ERROR or CRITICAL."),
        };

    public static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        LogLevel.Critical => "CRITICAL",
        _ => "INFO",
    };

    public static int Number(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 10,
        LogLevel.Warning => 30,
        LogLevel.Error => 40,
        LogLevel.Critical => 50,
        _ => 20,
    };
}
