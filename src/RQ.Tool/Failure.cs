using RQ.Tool.Cron;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;
using StackExchange.Redis;

namespace RQ.Tool;

/// <summary>The command was called wrongly: exit code 2, as Python's command line has it.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Something that happens to be so, told in one line: exit code 1.</summary>
internal class ToolException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Turns errors into a line for people and an exit code. Only errors that nobody expected show a stack trace.</summary>
internal static class Failure
{
    public const int ExitCode = 1;
    public const int UsageExitCode = 2;

    public static int Report(Exception exception)
    {
        exception = Unwrap(exception);
        if (exception is ScheduleFileException file)
        {
            foreach (string problem in file.Problems)
                Console.Error.WriteLine(Paint.Errors.Red(PlainText.Line(problem)));
            return ExitCode;
        }

        bool isUsage = exception is UsageException or CommandAppException;
        string? line = Describe(exception);
        Console.Error.WriteLine(line is null ? PlainText.Lines(exception.ToString()) : Paint.Errors.Red($"rq: {PlainText.Line(line)}"));
        return isUsage ? UsageExitCode : ExitCode;
    }

    private static Exception Unwrap(Exception exception)
    {
        while (exception is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException { InnerException: not null })
            exception = exception.InnerException!;
        return exception;
    }

    /// <summary>The line for an expected error; <c>null</c> for one that nobody expected.</summary>
    private static string? Describe(Exception exception) => exception switch
    {
        UsageException => $"{exception.Message} See 'rq --help'.",
        CommandAppException => $"{exception.Message.TrimEnd('.', ' ')}. See 'rq --help'.",
        RedisConnectionException => "The connection to Redis was lost. Is the server up?",
        RedisTimeoutException => "Redis did not answer in time. Is the server overloaded or the network slow?",
        RedisServerException refused => $"Redis refused: {refused.Message}",
        ToolException or RqException => exception.Message,
        _ => null,
    };
}
