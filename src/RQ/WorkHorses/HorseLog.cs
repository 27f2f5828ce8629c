using Microsoft.Extensions.Logging;

namespace RQ.WorkHorses;

/// <summary>The worker's log as a work horse has it: lines go to the worker, which writes them.</summary>
internal sealed class HorseLog(HorseChannel channel, LogLevel least) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string message = formatter(state, exception);
        string? trace = exception?.ToString();
        channel.Send(HorseMessage.WorkerLog, writer =>
        {
            writer.Write((int)logLevel);
            writer.Write(eventId.Id);
            writer.Write(eventId.Name ?? "");
            writer.Write(message);
            writer.Write(trace is not null);
            writer.Write(trace ?? "");
        });
    }

    /// <summary>In the worker: writes such a line.</summary>
    public static void Write(ILogger log, BinaryReader reader)
    {
        var level = (LogLevel)reader.ReadInt32();
        var id = new EventId(reader.ReadInt32(), reader.ReadString());
        string message = reader.ReadString();
        RemoteException? exception = reader.ReadBoolean() ? new RemoteException(reader.ReadString()) : null;
        log.Log(level, id, message, exception, static (text, _) => text);
    }
}

/// <summary>An exception of another process, of which only the text has come here.</summary>
internal sealed class RemoteException(string text) : Exception(text.AsSpan(0, text.AsSpan().IndexOf('\n') is >= 0 and var end ? end : text.Length).TrimEnd().ToString())
{
    public override string ToString() => text;
}
