namespace RQ.Tool.Workers;

/// <summary>What the log of a process that keeps running looks like.</summary>
internal interface ILogSettings
{
    string? LogFormat { get; }

    string? DateFormat { get; }

    string? LoggingLevel { get; }

    bool Verbose { get; }

    bool Quiet { get; }
}
